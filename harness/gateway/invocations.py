"""Runs of functions: what the plan says of each, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.faults import doors
from harness.faults.active import ActivePlan, Hit
from harness.faults.sites import Invocation
from harness.gateway.memory import KnownEnvironment, Memory
from harness.gateway.verbs import BadRequest, Fields
from harness.history import Event

OUTCOMES = ("ok", "error", "timeout", "crash", "oom", "init-error", "throttled", "hung")
DEADLY = frozenset(("timeout", "crash", "oom", "init-error", "hung"))
"""After one of these an environment is gone."""


@dataclass(frozen=True, slots=True)
class _Running:
    """A run that has begun, and what is to go wrong with it."""

    begun: Event
    environment: KnownEnvironment
    hits: Sequence[Hit]


class InvocationDoor:
    """Two verbs of the guest: an invocation is about to begin, and has ended."""

    def __init__(self, memory: Memory, plan: ActivePlan, reached: Callable[[int | None], None]) -> None:
        self._memory = memory
        self._plan = plan
        self._reached = reached
        self._running: dict[int, _Running] = {}

    async def begin(self, fields: Fields) -> dict[str, Any]:
        """The plan's decision about this invocation, whose environment is about to be used."""
        memory, recorder = self._memory, self._memory.recorder
        name = memory.name_of(fields.text("function"))
        messages, payload = fields.texts("messages"), fields.any("payload")
        request_id, attempt = fields.text("request_id"), fields.number("attempt", 1)
        cold, source = fields.flag("cold"), fields.optional_text("source")
        environment_id = fields.text("environment")
        cause = memory.seq(fields, "cause")
        with recorder.caused_by(cause, actor=memory.actor(fields, cause)):
            begun = recorder.invocation(
                name,
                messages,
                request_id=request_id,
                attempt=attempt,
                source=memory.name_of(source) if source else "",
                cold=cold,
                version=fields.text("version", "$LATEST"),
                payload=payload,
                timeout=fields.optional_number("timeout"),
            )
            site = Invocation(name, request_id, messages, attempt, cold)
        note = doors.noting(recorder, begun)
        hits = self._plan.on_invocation(site, memory.clock.elapsed(), note)
        killing = doors.first(hits, "kill")
        throttle = killing is not None and killing.decision.how == "throttle"
        kill = None if throttle else kill_order(killing)
        environment = memory.environments.get(environment_id) or KnownEnvironment(environment_id, name)
        if throttle and killing is not None:
            killing.acted()
        else:
            self._reached(cause)
            environment.begin(begun, kill, killing)
            memory.environments[environment_id] = environment
        self._running[begun.seq] = _Running(begun, environment, hits)
        if delay := doors.delay(hits):
            with memory.going_on(f"invocation of {name}") as one:
                await memory.hold(delay, one, f"invocation of {name}")
        return {
            "invocation": begun.seq,
            "throttle": throttle,
            "kill": kill,
            "skew_seconds": sum(hit.decision.seconds for hit in hits if hit.decision.action == "skew"),
        }

    async def end(self, fields: Fields) -> dict[str, Any]:
        """It has ended; gives the number of that event."""
        seq, outcome = fields.number("invocation"), fields.text("outcome")
        if outcome not in OUTCOMES:
            raise fields.wrong("outcome", f"one of {', '.join(OUTCOMES)}")
        failed, unread = fields.texts("failed"), fields.texts("unread")
        log, error = fields.text("log", ""), fields.optional_text("error")
        if seq not in self._running:
            raise BadRequest(f"invocation {seq}: no invocation of this number is running")
        running, memory = self._running.pop(seq), self._memory
        begun, environment = running.begun, running.environment
        acted = fields.texts("acted")
        for hit in running.hits:
            if hit.decision.action in acted:
                hit.acted()
        if environment.invocation is begun:
            environment.finish(deadly=outcome in DEADLY)
        with memory.recorder.caused_by(begun, actor=begun.actor):
            ended = memory.recorder.invocation_ended(
                begun, outcome, error=error, failed=failed, unread=unread, log=log
            )
        return {"event": ended.seq}


def kill_order(hit: Hit | None) -> Mapping[str, Any] | None:
    """A decision to kill, as the guest takes it."""
    if hit is None:
        return None
    decision = hit.decision
    if decision.after_call is None:
        return {"how": decision.how, "when": "after", "nth": 1}
    if decision.after_call == 0:
        return {"how": decision.how, "when": "before", "nth": 1}
    return {"how": decision.how, "when": "call", "nth": decision.after_call}
