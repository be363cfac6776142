"""The way of data through a state that is tried, with all that can be inspected on it.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.sim.services.states.language import choice, errors, jsonata, jsonpath, template
from harness.sim.services.states.language.definition import JSONATA, StateDefinition
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.scope import StateScope
from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model.document import Document
from harness.sim.services.states.trial import map_inputs

_BEFORE = ("afterInputPath", "afterParameters")
_HIDDEN: Mapping[str, tuple[str, ...]] = {"Parallel": (*_BEFORE, "afterArguments")}

SUCCEEDED, FAILED, RETRIABLE, CAUGHT = "SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"
OVER_THRESHOLD = "The specified tolerated failure threshold was exceeded"


@dataclass(frozen=True)
class TrialProgress:
    """How far an execution that only exists in the test has come: TestState's `stateConfiguration`.

    `read`: the text that an ItemReader has read.
    """

    retries: int = 0
    failed_iterations: int = 0
    read: str = ""


@dataclass
class Trial:
    """One state at work. `work` does a task's work, or gives a mock's result; it raises `StateError`.

    `alone`: it is tried without its state machine. `scope` is everything that expressions can read; its input
    is replaced on the way.
    """

    state: StateDefinition
    given: Document
    scope: StateScope
    work: Callable[[Document], Document]
    alone: bool
    progress: TrialProgress = TrialProgress()
    seen: dict[str, Any] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        """The answer of TestState, without the inspection data, which is in `seen`."""
        self.seen["input"] = self.given.text
        try:
            output, following = _DO[self.state.type](self)
        except StateError as error:
            return self._failed(error)
        answer = {"output": output.text, "status": SUCCEEDED}
        return {**answer, "nextState": following} if following is not None else answer

    @property
    def is_jsonata(self) -> bool:
        """Does the state use JSONata?"""
        return self.state.query_language == JSONATA

    def evaluated(self, member: str, given: Any) -> Any:
        """The value of a template among the state's members."""
        return template.evaluate(
            self.state.raw[member], self.reading(given), self.state.query_language, member
        )

    def at_path(self, member: str, document: Document, default: str = "$") -> Document:
        """What a path among the state's members chooses; null chooses an empty object."""
        path = self.state.raw.get(member, default)
        if path is None:
            return Document({})
        return document.holding(jsonpath.get(path, self.reading(document.value), member))

    def effective_input(self) -> Document:
        """The input as its InputPath chooses it."""
        if self.is_jsonata:
            return self.given
        effective = self.at_path("InputPath", self.given)
        self.note("afterInputPath", "InputPath", effective)
        return effective

    def note(self, name: str, member: str, document: Document) -> None:
        """Show a step of the way. AWS leaves out some of those that the state's members don't ask for."""
        hidden = _HIDDEN.get(self.state.type, ())
        if self.state.type == "Pass" and "Result" in self.state.raw:
            hidden = _BEFORE
        shown = {"Pass": self.state.end, **dict.fromkeys(("Task", "Map", "Parallel"), True)}
        if name not in hidden and (member in self.state.raw or shown.get(self.state.type, self.alone)):
            self.seen[name] = document.text

    def number(self, member: str, given: Document) -> Any:
        """A number that is written, at a path, or JSONata; None if there is none."""
        raw = self.state.raw
        if f"{member}Path" in raw and not self.is_jsonata:
            return jsonpath.get(raw[f"{member}Path"], self.reading(given.value), f"{member}Path")
        if isinstance(raw.get(member), str) and self.is_jsonata:
            return self.evaluated(member, given.value)
        return raw.get(member)

    def ended(self, effective: Document, result: Document) -> Document:
        """The output of a state that has this result."""
        if self.is_jsonata:
            scope = replace(self.reading(self.given.value), result=result.value)
            self.assign(self.state.raw, scope)
            if "Output" not in self.state.raw:
                return result
            return result.holding(template.evaluate(self.state.raw["Output"], scope, JSONATA, "Output"))
        self.assign(self.state.raw, self.reading(result.value))
        if "ResultSelector" in self.state.raw:
            result = Document(self.evaluated("ResultSelector", result.value))
        self.note("afterResultSelector", "ResultSelector", result)
        result = self.put(self.state.raw.get("ResultPath", "$"), effective, result)
        self.note("afterResultPath", "ResultPath", result)
        return self.at_path("OutputPath", result)

    @staticmethod
    def put(path: str | None, given: Document, result: Document) -> Document:
        """An input with a result in it."""
        if path is None:
            return given
        return result if path == "$" else Document(jsonpath.put(given.value, path, result.value))

    def reading(self, given: Any) -> StateScope:
        """All that expressions read where this is the input."""
        return replace(self.scope, input=given)

    def assign(self, raw: Mapping[str, Any], scope: StateScope) -> None:
        """Show the variables as the state leaves them, if it assigns any."""
        if raw.get("Assign"):
            assigned = template.evaluate(raw["Assign"], scope, self.state.query_language, "Assign")
            self.seen["variables"] = to_json({**self.scope.variables, **assigned})

    def _failed(self, error: StateError) -> dict[str, Any]:
        told = {"error": error.error, "cause": error.cause}
        for index, retrier in enumerate(self.state.retriers):
            if not errors.matches(retrier.error_equals, error.error):
                continue
            if self.progress.retries < retrier.max_attempts:
                wait = retrier.interval_seconds * retrier.backoff_rate**self.progress.retries
                wait = min(wait, retrier.max_delay_seconds or wait)
                self.seen["errorDetails"] = {"retryIndex": index, "retryBackoffIntervalSeconds": int(wait)}
                return {**told, "status": RETRIABLE}
            break
        for index, catcher in enumerate(self.state.catchers):
            if errors.matches(catcher.error_equals, error.error):
                self.seen["errorDetails"] = {"catchIndex": index}
                try:
                    output = self._caught(catcher, {"Error": error.error, "Cause": error.cause})
                except StateError as problem:
                    return {"error": problem.error, "cause": problem.cause, "status": FAILED}
                return {**told, "status": CAUGHT, "nextState": catcher.next, "output": output.text}
        return {**told, "status": FAILED}

    def _caught(self, catcher: Any, error: dict[str, str]) -> Document:
        if not self.is_jsonata:
            self.assign(catcher.raw, self.reading(error))
            return self.put(catcher.result_path, self.given, Document(error))
        scope = replace(self.reading(self.given.value), error_output=error)
        self.assign(catcher.raw, scope)
        if "Output" not in catcher.raw:
            return Document(error)
        return Document(template.evaluate(catcher.raw["Output"], scope, JSONATA, "Output"))


Ended = tuple[Document, str | None]


def _pass(trial: Trial) -> Ended:
    effective = trial.effective_input()
    result = _payload(trial, effective, "Parameters", "afterParameters")
    if "Result" in trial.state.raw:
        result = Document(trial.state.raw["Result"])
        trial.seen["result"] = result.text
    return trial.ended(effective, result), trial.state.next


def _task(trial: Trial) -> Ended:
    effective = trial.effective_input()
    if trial.is_jsonata:
        payload = _payload(trial, effective, "Arguments", "afterArguments")
    else:
        payload = _payload(trial, effective, "Parameters", "afterParameters")
    result = trial.work(payload)
    if trial.state.type == "Task":
        trial.seen["result"] = result.text
    return trial.ended(effective, result), trial.state.next


def _map(trial: Trial) -> Ended:
    effective = trial.effective_input()
    items = _items(trial, effective)
    map_inputs.show(trial, items, effective)
    trial.seen["maxConcurrency"] = trial.number("MaxConcurrency", effective) or 0
    count = trial.number("ToleratedFailureCount", effective)
    share = trial.number("ToleratedFailurePercentage", effective)
    tolerated = {"toleratedFailureCount": count, "toleratedFailurePercentage": share}
    trial.seen.update({name: value for name, value in tolerated.items() if value is not None})
    result = trial.work(Document(items))
    failed = trial.progress.failed_iterations
    if count is not None and failed > count:
        raise StateError(errors.EXCEED_TOLERATED_FAILURE_THRESHOLD, OVER_THRESHOLD)
    if share is not None and items and failed * 100 > share * len(items):
        raise StateError(errors.EXCEED_TOLERATED_FAILURE_THRESHOLD, OVER_THRESHOLD)
    return trial.ended(effective, result), trial.state.next


def _items(trial: Trial, effective: Document) -> list[Any]:
    raw = trial.state.raw
    if trial.progress.read:
        return map_inputs.read(trial, trial.progress.read)
    if trial.is_jsonata:
        found = trial.evaluated("Items", effective.value) if "Items" in raw else effective.value
        if not isinstance(found, list) and "Items" in raw:
            written = raw["Items"]
            text = jsonata.expression_in(written) if isinstance(written, str) else to_json(written)
            raise jsonata.unexpected(text, "Items", ("array",), found)
    else:
        path = raw.get("ItemsPath", "$")
        found = jsonpath.get(path, replace(trial.scope, input=effective.value), "ItemsPath")
        if not isinstance(found, list) and "ItemReader" not in raw:
            shown = path.removeprefix("$") if path.startswith("$$") else path
            raise StateError(errors.RUNTIME, f'Reference path "{shown}" must point to array.')
        trial.seen["afterItemsPath"] = json.dumps(found, ensure_ascii=False)
    return found if isinstance(found, list) else []


def _choice(trial: Trial) -> Ended:
    effective = trial.effective_input()
    scope = replace(trial.scope, input=effective.value)
    rule = choice.first_match(trial.state, scope)
    following = rule.next if rule is not None else trial.state.default
    if following is None:
        raise StateError(errors.NO_CHOICE_MATCHED, "No choice rule matched, and there is no Default.")
    written = rule.raw if rule is not None else trial.state.raw
    trial.assign(written, scope)
    if not trial.is_jsonata:
        return trial.at_path("OutputPath", effective), following
    if "Output" not in written:
        return effective, following
    return Document(template.evaluate(written["Output"], scope, JSONATA, "Output")), following


def _unchanged(trial: Trial) -> Ended:
    effective = trial.effective_input()
    if trial.is_jsonata:
        return trial.ended(effective, effective), trial.state.next
    trial.assign(trial.state.raw, trial.reading(effective.value))
    return trial.at_path("OutputPath", effective), trial.state.next


def _fail(trial: Trial) -> Ended:
    told = [_said(trial, member) for member in ("Error", "Cause")]
    raise StateError(told[0], told[1])


def _said(trial: Trial, member: str) -> str:
    raw = trial.state.raw
    if f"{member}Path" in raw:
        return str(jsonpath.get(raw[f"{member}Path"], trial.scope, f"{member}Path"))
    if member in raw and trial.is_jsonata:
        return str(trial.evaluated(member, trial.given.value))
    return str(raw.get(member, ""))


def _payload(trial: Trial, effective: Document, member: str, seen: str) -> Document:
    payload = effective
    if member in trial.state.raw:
        payload = Document(trial.evaluated(member, effective.value))
    elif trial.is_jsonata:
        return payload
    trial.note(seen, member, payload)
    return payload


_DO: Mapping[str, Callable[[Trial], Ended]] = {
    "Pass": _pass,
    "Task": _task,
    "Parallel": _task,
    "Map": _map,
    "Choice": _choice,
    "Wait": _unchanged,
    "Succeed": _unchanged,
    "Fail": _fail,
}
