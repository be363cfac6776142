"""Task: the work of another service, a function, or a worker.

https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
"""

from __future__ import annotations

from typing import Any

from harness.sim.services.states.integrations import resource
from harness.sim.services.states.integrations.job import Job
from harness.sim.services.states.integrations.work import KINDS
from harness.sim.services.states.interpreter import flow
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model.document import Document


def run(state: StateDefinition, given: Document, strand: Strand) -> flow.Ended:
    """Have the work done. Raises `StateFailed`."""
    effective = flow.effective_input(state, given, strand)
    wanted = resource.parse(_resource(state, effective, strand))
    token = ""
    if wanted.waits_for_token or wanted.kind == resource.ACTIVITY:
        token = strand.run.engine.token()
        strand.context = {**strand.context, "Task": {"Token": token}}
    job = Job(
        state=state,
        strand=strand,
        resource=wanted,
        given=flow.payload(state, effective, strand),
        token=token,
        timeout=_seconds(state, "TimeoutSeconds", effective, strand),
        heartbeat=_seconds(state, "HeartbeatSeconds", effective, strand),
        role=_role(state, effective, strand),
    )
    return flow.end(state, given, KINDS[wanted.kind](job), strand)


def task_limits(state: StateDefinition) -> tuple[float | None, bool]:
    """The seconds that a try of a state may take, as far as they are written down, and whether it waits for
    a token."""
    written, timeout = str(state.raw.get("Resource", "")), state.raw.get("TimeoutSeconds")
    waits = False
    if state.type == "Task" and "{%" not in written:
        wanted = resource.parse(written)
        waits = wanted.waits_for_token or wanted.kind == resource.ACTIVITY
    return timeout if isinstance(timeout, int) else None, waits


def _resource(state: StateDefinition, effective: Document, strand: Strand) -> str:
    written = state.raw["Resource"]
    return (
        str(flow.evaluated(state, written, effective.value, strand, "Resource"))
        if "{%" in written
        else written
    )


def _seconds(state: StateDefinition, member: str, effective: Document, strand: Strand) -> int | None:
    found = flow.number(state, member, effective, strand)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or found != int(found) or found <= 0:
        path = state.raw.get(f"{member}Path")
        if path is not None:
            told = (
                f"The {member}Path parameter does not reference an integer value: {path} == {to_json(found)}"
            )
            raise StateError(errors.RUNTIME, told)
        told = f"The value of the field '{member}' must be a positive integer but was: {to_json(found)}"
        raise StateError(errors.QUERY_EVALUATION, told, member)
    return int(found)


def _role(state: StateDefinition, effective: Document, strand: Strand) -> str:
    """The role of another account that a task acts with; "" for the state machine's own."""
    written = state.raw.get("Credentials")
    if not written:
        return ""
    made: Any = flow.evaluated(state, written, effective.value, strand, "Credentials")
    return str(made.get("RoleArn") or "")
