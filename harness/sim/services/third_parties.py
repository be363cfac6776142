"""The door for requests to third parties: each asks the plan here, and is recorded here as a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness import aws
from harness.aws import Does
from harness.cloud import StubError
from harness.faults import doors
from harness.faults.active import ActivePlan
from harness.faults.sites import Call
from harness.sim.patches.stubs import LATENCY_SECONDS, Stub, StubAnswer, StubOutcome, StubRequest
from harness.wire import short

if TYPE_CHECKING:
    from harness.sim.world import World

BROKEN_MAX = 5
"""So many sentences about stubs that gave no answer are kept: an app may ask for days."""

_READING = frozenset(("GET", "HEAD", "OPTIONS"))


class ThirdParties:
    """Answers the requests of one world to hosts that have a stub."""

    def __init__(self, world: World, plan: ActivePlan, made: Callable[[], None]) -> None:
        """`made` is told after each request."""
        self._world = world
        self._plan = plan
        self._made = made
        self.broken: list[str] = []
        """The stubs of which the test's own function gave no answer."""

    def exchange(self, stub: Stub, request: StubRequest, timeout: float | None) -> StubOutcome:
        """A request is sent, by a client that waits `timeout` seconds."""
        kernel, recorder = self._world.kernel, self._world.recorder
        does = Does.READS if request.method in _READING else Does.WRITES
        call = self._call(stub, request)
        event = doors.record_call(recorder, call, does, short(call.params))
        hits = self._plan.on_call(call, kernel.elapsed, doors.noting(recorder, event))
        with recorder.caused_by(event):
            if doors.act(hits, "lose-request"):
                recorder.answer(event, error="RequestLost", refused=True)
                return StubOutcome.broken(stub.host)
            seconds = LATENCY_SECONDS + stub.slow_seconds() + doors.delay(hits)
            refusal = doors.act(hits, "refuse")
            refused = refusal is not None
            if refusal is not None:
                answer = StubAnswer.of((refusal.status, refusal.message))
            else:
                try:
                    answer = stub.answered(request, applied=does is Does.WRITES)
                except StubError as problem:
                    self._note(str(problem))
                    recorder.answer(event, error="StubError", refused=True)
                    return StubOutcome.broken(stub.host)
            late = timeout is not None and seconds > timeout
            lost = doors.act(hits, "lose-answer") is not None or stub.loses_answer() or late
            error = str(answer.status) if answer.status >= 400 else None
            recorder.answer(event, status=answer.status, error=error, lost=lost, refused=refused)
        self._made()
        if late:
            return StubOutcome.late(timeout or 0.0)
        return StubOutcome.broken(stub.host, seconds) if lost else StubOutcome(seconds, answer)

    def _note(self, problem: str) -> None:
        if problem not in self.broken and len(self.broken) < BROKEN_MAX:
            self.broken.append(problem)

    def _call(self, stub: Stub, request: StubRequest) -> Call:
        recorder = self._world.recorder
        return Call(
            aws.service("thirdparty").requests,
            stub.host,
            recorder.actor,
            self._world.region,
            invocation_id=self._world.kernel.new_id(f"clients of {stub.host}"),
            params={"method": request.method, "path": request.path},
        )
