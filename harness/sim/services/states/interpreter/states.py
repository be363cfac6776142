"""One state after the other, and the simple ones: Pass, Wait, Choice, Succeed, Fail.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-states.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from harness.sim.services.states.interpreter import flow, map_state, parallel, task, waiting
from harness.sim.services.states.interpreter.failure import StateFailed
from harness.sim.services.states.interpreter.retrying import Attempts
from harness.sim.services.states.interpreter.strand import (
    Strand,
    assigned_details,
    input_details,
    output_details,
)
from harness.sim.services.states.language import choice, errors, jsonpath
from harness.sim.services.states.language.definition import MachineDefinition, StateDefinition
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.model.document import Document
from harness.sim.services.states.model.executions import StateReached
from harness.sim.services.states.texts import timestamp

Next = tuple[Document, str | None]
"""The output of a state and the name of the next one, None after the last."""


def run_machine(
    machine: MachineDefinition, given: Document, strand: Strand, start: str | None = None
) -> Document:
    """Run states from the first, or from `start`, to the end of their line. Raises `StateFailed`."""
    name: str | None = start or machine.start_at
    while name is not None:
        strand.run.check_limits(strand)
        given, name = run_state(machine.states[name], given, strand)
    return given


def run_state(state: StateDefinition, given: Document, strand: Strand) -> Next:
    """Run one state, with its retries and catchers. Raises `StateFailed`."""
    run = strand.run
    run.pass_time()
    strand.context = {
        **{name: value for name, value in strand.context.items() if name != "Task"},
        "State": _about(state, run.world.kernel.now),
    }
    details = {"name": state.name, **input_details(given)}
    before = strand.previous
    entered = strand.write(f"{state.type}StateEntered", "stateEnteredEventDetails", details)
    strand.active = state.type
    strand.line.enter(StateReached(state.name, given, strand.variables))
    with run.entered(state, strand):
        output, assigned, following = _tried(
            state, given, strand, partial(_told, state, before, entered, strand)
        )
        run.stop_if_hit(strand, after=True)
    strand.line.leave()
    strand.own.update(assigned)
    details = {"name": state.name, **output_details(output), **assigned_details(assigned)}
    strand.write(f"{state.type}StateExited", "stateExitedEventDetails", details)
    strand.active = ""
    return output, following


Done = tuple[Document, Mapping[str, Any], str | None]
"""The output of a state, the variables that got a value, and the name of the next state."""


def _tried(
    state: StateDefinition, given: Document, strand: Strand, told: Callable[[StateError], StateFailed]
) -> Done:
    """Do what a state does, with its retries and catchers. Raises `StateFailed`."""
    run, attempts = strand.run, Attempts(state.retriers)
    while True:
        try:
            try:
                done = _DO[state.type](state, given, strand)
                _check_size(state, done[0])
            except StateError as error:
                raise told(error) from None
            return done
        except StateFailed as failure:
            if failure.error == errors.DATA_LIMIT_EXCEEDED:
                raise
            wait = attempts.wait_after(failure.known_as, run.chance)
            if wait is not None:
                strand.line.leave()
                run.world.kernel.sleep(wait)
                _count_retry(strand, attempts.made)
                continue
            if state.type in ("Map", "Parallel") and failure.error != errors.RUNTIME:
                strand.write(f"{state.type}StateFailed")
            try:
                found = _caught(state, failure, given, strand)
            except StateError as error:
                raise told(error) from None
            if found is None:
                raise
            return found


def _pass(state: StateDefinition, given: Document, strand: Strand) -> Done:
    effective = flow.effective_input(state, given, strand)
    if flow.is_jsonata(state):
        return *flow.end(state, given, effective, strand), state.next
    made = flow.payload(state, effective, strand)
    result = Document(state.raw["Result"]) if "Result" in state.raw else made
    if "ResultPath" in state.raw:
        result = flow.put(state.raw["ResultPath"], effective, result)
    output, assigned = flow.end(state, effective, result, strand, selects=False)
    return output, assigned, state.next


def _wait(state: StateDefinition, given: Document, strand: Strand) -> Done:
    effective = flow.effective_input(state, given, strand)
    until = waiting.until(state, effective, strand)
    kernel = strand.run.world.kernel
    if until > kernel.now:
        kernel.sleep(until - kernel.now)
    return *_unchanged(state, effective, strand), state.next


def _succeed(state: StateDefinition, given: Document, strand: Strand) -> Done:
    return *_unchanged(state, flow.effective_input(state, given, strand), strand), None


def _choice(state: StateDefinition, given: Document, strand: Strand) -> Done:
    effective = flow.effective_input(state, given, strand)
    rule = choice.first_match(state, strand.scope(effective.value))
    if rule is not None:
        return *flow.chosen(state, rule.raw, effective, strand), rule.next
    if state.default is None:
        message = (
            f"Failed to transition out of the state. The state '{state.name}' does not point to a next state."
        )
        raise StateError(errors.NO_CHOICE_MATCHED, message)
    return *flow.chosen(state, state.raw, effective, strand), state.default


def _fail(state: StateDefinition, given: Document, strand: Strand) -> Done:
    told = []
    for member in ("Error", "Cause"):
        path = state.raw.get(f"{member}Path")
        if path is not None:
            told.append(jsonpath.get(path, strand.scope(given.value), f"{member}Path"))
        elif member in state.raw and flow.is_jsonata(state):
            told.append(flow.evaluated(state, state.raw[member], given.value, strand, member))
        else:
            told.append(state.raw.get(member))
        if not isinstance(told[-1], str | None):
            raise flow.misfit(state, member, told[-1], "string")
    raise StateFailed(told[0], told[1], aborts=False, meant=True)


def _unchanged(state: StateDefinition, effective: Document, strand: Strand) -> flow.Ended:
    return flow.end(state, effective, effective, strand, selects=False)


def _caught(state: StateDefinition, failure: StateFailed, given: Document, strand: Strand) -> Done | None:
    for catcher in state.catchers:
        if errors.matches(catcher.error_equals, failure.known_as):
            return *flow.caught(state, catcher, given, failure.output, strand), catcher.next
    return None


def _told(
    state: StateDefinition, before: int, entered: int, strand: Strand, error: StateError
) -> StateFailed:
    """An error in the state's own expressions, in AWS's words. `before`: the event before the state's."""
    cause = (
        f"An error occurred while executing the state '{state.name}' (entered at the event id #{entered}). "
        f"{error.cause}"
    )
    if flow.is_jsonata(state) and error.error == errors.QUERY_EVALUATION:
        details = {
            "error": error.error,
            "cause": cause,
            "location": error.location or None,
            "state": state.name,
        }
        strand.previous = before
        strand.write("EvaluationFailed", "evaluationFailedEventDetails", details)
    return StateFailed(error.error, cause)


def _check_size(state: StateDefinition, output: Document) -> None:
    if output.is_too_large:
        told = (
            f"The state/task '{state.name}' returned a result with a size exceeding the maximum number of "
            "bytes service limit."
        )
        raise StateFailed(errors.DATA_LIMIT_EXCEEDED, told)


def _count_retry(strand: Strand, made: int) -> None:
    strand.context = {**strand.context, "State": {**strand.context["State"], "RetryCount": made}}


def _about(state: StateDefinition, now: float) -> dict[str, Any]:
    about: dict[str, Any] = {"EnteredTime": timestamp(now), "Name": state.name}
    return {**about, "RetryCount": 0} if state.type in ("Task", "Parallel", "Map") else about


_DO: Mapping[str, Callable[[StateDefinition, Document, Strand], Done]] = {
    "Pass": _pass,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
    "Choice": _choice,
    "Task": lambda state, given, strand: (*task.run(state, given, strand), state.next),
    "Parallel": lambda state, given, strand: (*parallel.run(state, given, strand), state.next),
    "Map": lambda state, given, strand: (*map_state.run(state, given, strand), state.next),
}
