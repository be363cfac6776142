"""The problems of a definition, in AWS's words where they are known.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.sim.services.states.language import fields
from harness.sim.services.states.language.definition import JSONATA, JSONPATH
from harness.sim.services.states.language.problems import (
    Diagnostic,
    invalid_json,
    missing_target,
    schema,
)
from harness.sim.services.states.language.state_checks import of_machine, of_state
from harness.sim.services.states.language.text import json_problem

STANDARD, EXPRESS = "STANDARD", "EXPRESS"
LANGUAGES = (JSONPATH, JSONATA)
NAME_MAX = 80


def problems(text: str, kind: str = STANDARD) -> list[Diagnostic]:
    """Everything that is wrong with a definition, in the order of the text."""
    if (why := json_problem(text)) is not None:
        return [invalid_json(why)]
    raw = json.loads(text)
    if not isinstance(raw, dict):
        return [schema("Expected value of type Object", "/")]
    return list(_of_machine(raw, "", JSONPATH, kind, fields.MACHINE, set()))


def problems_of_state(text: str) -> list[Diagnostic]:
    """Everything that is wrong with one state's text, as TestState takes it. Transitions lead anywhere."""
    if (why := json_problem(text)) is not None:
        return [invalid_json(why)]
    raw = json.loads(text)
    if not isinstance(raw, dict):
        return [schema("Expected value of type Object", "/")]
    return list(_of_state(raw, "", JSONPATH, STANDARD, set()))


def invalid_definition_message(text: str, kind: str = STANDARD) -> str | None:
    """The message of InvalidDefinition, None if there is no error."""
    told = [str(problem) for problem in problems(text, kind) if problem.severity == "ERROR"]
    return f"Invalid State Machine Definition: '{', '.join(told)}'" if told else None


def _of_machine(
    raw: Mapping[str, Any], at: str, language: str, kind: str, known: frozenset[str], names: set[str]
) -> Iterator[Diagnostic]:
    missing = [name for name in ("StartAt", "States") if name not in raw]
    if missing:
        yield schema(f"These fields are required: [{', '.join(missing)}]", at or "/")
    for name in raw:
        if name not in known:
            yield schema("Field is not supported", f"{at}/{name}")
    yield from of_machine(raw, at)
    own = raw.get("QueryLanguage", language)
    if own not in LANGUAGES:
        yield schema(f"Value is not one of [{', '.join(LANGUAGES)}]", f"{at}/QueryLanguage")
        own = language
    states = raw.get("States", {})
    if not isinstance(states, dict):
        yield schema("Expected value of type Object", f"{at}/States")
        return
    for name, state in states.items():
        yield from _named(name, state, f"{at}/States/{name}", own, kind, names)
    yield from _transitions(raw, states, at)


def _named(name: str, state: Any, at: str, language: str, kind: str, names: set[str]) -> Iterator[Diagnostic]:
    if name in names:
        yield Diagnostic("DUPLICATE_STATE_NAME", f"Duplicate State name: {name}", at)
    names.add(name)
    if len(name) > NAME_MAX:
        yield schema(f"State name must not have more than {NAME_MAX} characters", at)
    if not isinstance(state, dict):
        yield schema("Expected value of type Object", at)
        return
    yield from _of_state(state, at, language, kind, names)


def _of_state(
    state: Mapping[str, Any], at: str, language: str, kind: str, names: set[str]
) -> Iterator[Diagnostic]:
    own = state.get("QueryLanguage", language)
    if language == JSONATA and own == JSONPATH:
        yield schema(
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", at or "/"
        )
        return
    if own not in LANGUAGES:
        yield schema(f"Value is not one of [{', '.join(LANGUAGES)}]", f"{at}/QueryLanguage")
        return
    yield from of_state(state, at, own, kind)
    for index, branch in enumerate(_list(state.get("Branches"))):
        yield from _nested(branch, f"{at}/Branches[{index}]", language, kind, names)
    for field in ("ItemProcessor", "Iterator"):
        if field in state:
            yield from _nested(
                state[field], f"{at}/{field}", language, _child_kind(state[field], kind), names
            )


def _child_kind(processor: Any, kind: str) -> str:
    """The type of the executions that run a Map's items: the parent's, if the Map is inline."""
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
        return EXPRESS if config.get("ExecutionType") == EXPRESS else STANDARD
    return kind


def _nested(raw: Any, at: str, language: str, kind: str, names: set[str]) -> Iterator[Diagnostic]:
    if isinstance(raw, dict):
        yield from _of_machine(raw, at, language, kind, fields.PROCESSOR, names)
    else:
        yield schema("Expected value of type Object", at)


def _transitions(raw: Mapping[str, Any], states: Mapping[str, Any], at: str) -> Iterator[Diagnostic]:
    start = raw.get("StartAt")
    if start is None:
        return
    if not isinstance(start, str):
        yield schema("Expected value of type String", f"{at}/StartAt")
        return
    if start not in states and "States" in raw:
        yield missing_target("StartAt", start, f"{at}/StartAt")
    for name, state in states.items():
        for field, target, place in _targets(state):
            if isinstance(target, str) and target not in states:
                yield missing_target(field, target, f"{at}/States/{name}{place}")
    yield from _unreachable(start, states, at)


def _unreachable(start: str, states: Mapping[str, Any], at: str) -> Iterator[Diagnostic]:
    waiting, reached = [start], set()
    while waiting:
        name = waiting.pop()
        if name in states and name not in reached:
            reached.add(name)
            waiting.extend(target for _, target, _ in _targets(states[name]) if isinstance(target, str))
    if start in states:
        for name in states:
            if name not in reached:
                yield Diagnostic(
                    "MISSING_TRANSITION_TARGET", f'State "{name}" is not reachable.', f"{at}/States/{name}"
                )


def _targets(state: Any) -> Iterator[tuple[str, Any, str]]:
    """Where a state leads: the field, the name, and the place under the state."""
    if not isinstance(state, dict):
        return
    for field in ("Next", "Default"):
        if field in state:
            yield field, state[field], f"/{field}"
    for group in ("Choices", "Catch"):
        for index, member in enumerate(_list(state.get(group))):
            if isinstance(member, dict) and "Next" in member:
                yield "Next", member["Next"], f"/{group}[{index}]/Next"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
