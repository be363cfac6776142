"""The door for requests of HTTP clients: each asks the plan here, and is recorded here as a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from harness import aws
from harness.aws import Does
from harness.aws.rules.http.model import HttpRequest, HttpResponse, ServedApi
from harness.aws.rules.http.usage import Usage
from harness.cloud import Unsupported
from harness.faults import doors
from harness.faults.active import ActivePlan, Hit
from harness.faults.sites import Call
from harness.sim import stops

if TYPE_CHECKING:
    from harness.sim.world import World

TRIES_MAX = 3
"""Tries of a client whose connection breaks, as the SDKs' standard mode has it."""
LATENCY_SECONDS = (0.001, 0.01)
"""Between these a request takes to arrive, and its answer to come back, by the seed."""
_READING = frozenset(("GET", "HEAD", "OPTIONS"))


@runtime_checkable
class AnswersRequests(Protocol):
    """A mover with HTTP in front of an app."""

    def put_api(self, api: ServedApi) -> None:
        """Keep an API, in place of the one that has its ARN."""

    def api(self, arn: str) -> ServedApi:
        """An API. Raises `LookupError`."""

    @property
    def usage(self) -> Usage:
        """The API keys and usage plans of the account."""

    def api_known(self, api_id: str) -> ServedApi:
        """The API with this id in its host. Raises `LookupError`."""

    def respond(self, arn: str, request: HttpRequest, stage: str) -> HttpResponse:
        """Answer a request that has arrived."""

    def drop_api(self, arn: str) -> None:
        """Forget an API, if there is one."""

    def ask(self, host: str, request: HttpRequest, tries: int = TRIES_MAX) -> HttpResponse | None:
        """Ask an API by its host, the stage in the path. None: there is no such API."""


class Requests:
    """Sends requests to the APIs of one world."""

    def __init__(self, world: World, plan: ActivePlan) -> None:
        self._world = world
        self._plan = plan

    def server(self, arn: str) -> AnswersRequests:
        """The mover that has an API."""
        mover = self._world.owner(arn)
        if not isinstance(mover, AnswersRequests):
            raise Unsupported(f"{arn}: nothing answers requests there")
        return mover

    def send(self, arn: str, request: HttpRequest, stage: str, tries: int = TRIES_MAX) -> HttpResponse:
        """Send it, and once more while the connection breaks. Raises `ConnectionError`."""
        same = self._world.kernel.new_id(f"clients of {arn}")
        for attempt in range(1, tries + 1):
            answer = self._try(arn, request, stage, attempt, same)
            if answer is not None:
                return answer
        raise ConnectionError(f"{request.method} {request.path}: the connection broke, {tries} times")

    def _try(
        self, arn: str, request: HttpRequest, stage: str, attempt: int, same: str
    ) -> HttpResponse | None:
        """One try; None: the client got no answer."""
        kernel, recorder = self._world.kernel, self._world.recorder
        call = self._call(arn, request, attempt, same)
        does = Does.READS if request.method in _READING else Does.SENDS
        event = doors.record_call(recorder, call, does, call.params)
        hits = self._plan.on_call(call, kernel.elapsed, doors.noting(recorder, event))
        chance = kernel.chance(f"{call.actor} {event.subject}")
        with recorder.caused_by(event):
            stopped = stops.act(self._world, hits)
            kernel.sleep(chance.uniform(*LATENCY_SECONDS) + doors.delay(hits))
            if stopped or doors.act(hits, "lose-request"):
                recorder.answer(event, error="RequestLost", refused=True)
                return None
            refused = _refusal(hits)
            answer = refused or self.server(arn).respond(arn, request, stage)
            lost = doors.act(hits, "lose-answer") is not None
            error = str(answer.status) if answer.status >= 400 else None
            recorder.answer(event, status=answer.status, error=error, lost=lost, refused=refused is not None)
            kernel.sleep(chance.uniform(*LATENCY_SECONDS))
        return None if lost else answer

    def _call(self, arn: str, request: HttpRequest, attempt: int, same: str) -> Call:
        recorder = self._world.recorder
        return Call(
            found.requests if (found := aws.service_of(arn)) is not None else "",
            self._world.names.of(arn),
            recorder.actor,
            self._world.region,
            attempt=attempt,
            invocation_id=same,
            params={"method": request.method, "path": request.path},
        )


def _refusal(hits: list[Hit]) -> HttpResponse | None:
    decision = doors.act(hits, "refuse")
    return None if decision is None else HttpResponse.saying(decision.status, decision.message)
