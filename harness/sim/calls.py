"""The door for API calls: every call of every client asks the plan here, and is recorded here.

A call comes as a request over the wire or, on the direct path, as parameters. At a fault or an error the
direct path ends, and the call goes on over the wire from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import TYPE_CHECKING

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from harness import aws, wire
from harness.aws import Does
from harness.aws.rules.wiring import links
from harness.faults import doors
from harness.faults.active import ActivePlan, Hit
from harness.faults.sites import Call, make_call
from harness.sim import stops
from harness.sim.activities import Signal
from harness.sim.begun_call import Begun, Directly, GoesOn, KnownOperation, Rendered
from harness.sim.implied import Implied
from harness.sim.services.service import (
    AnswersLate,
    Caller,
    NamesResources,
    Params,
    ServiceError,
    follows,
    make_caller,
)
from harness.wire import NotDirect, Stamp, Wire, batches

if TYPE_CHECKING:
    from harness.sim.world import World

LATENCY_SECONDS = (0.001, 0.008)
"""Between these a request takes to arrive, and its answer to come back, by the seed."""
_LEAST, _SPREAD = LATENCY_SECONDS[0], LATENCY_SECONDS[1] - LATENCY_SECONDS[0]
TRACE_HEADER = "X-Amzn-Trace-Id"
"""https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader"""


class Calls:
    """Answers the calls of one world."""

    def __init__(self, world: World, plan: ActivePlan) -> None:
        self._world = world
        self._plan = plan
        self._known: dict[tuple[str, str], KnownOperation] = {}
        self.made: Callable[[], None] = lambda: None

    def answer(
        self,
        stamp: Stamp,
        request: AWSPreparedRequest,
        read_timeout: float | None = None,
        begun: Begun | None = None,
    ) -> AWSResponse:
        """Answer one request of a client. Raises botocore's connection errors when a fault says so, and when
        the answer would come after `read_timeout` seconds.

        `begun`: it was on the direct path before.
        """
        if begun is None:
            headers = request.headers
            how = wire.wire_of(stamp.service, stamp.operation, wire.text_of(headers.get("Content-Type", "")))
            params = wire.parse(how, request)
            trace = wire.text_of(headers.get(TRACE_HEADER, ""))
            size = len(request.body) if isinstance(request.body, str | bytes | bytearray) else 0
            tries = wire.attempt_of(headers), wire.invocation_id_of(headers)
            begun = self._begin(stamp, how, params, trace, tries, size)
        elif begun.response is not None:
            return begun.response
        if self._is_in_time(begun, read_timeout):
            return self._finish(begun, request)
        assert read_timeout is not None
        return self._finish_apart(begun, request, read_timeout)

    def implied(self, stamp: Stamp, params: Params) -> Implied:
        """The facts that follow from the parameters of an operation."""
        by_itself = follows(self._world.services.get(stamp.service), NamesResources)
        about = None if by_itself else self._look_up(stamp).find(stamp.operation, params)
        return Implied(about, wire.short(params), links(params))

    def carry_out(
        self, to: Directly, params: Params, trace: str, invocation_id: str, implied: Implied | None = None
    ) -> Params:
        """Answer one call on the direct path, by what the SDK would have read from the response.

        `implied`: the facts that follow from its parameters, if they are known.

        Raises `GoesOn` where it has to go over the wire from here.
        """
        begun = self._begin(to.stamp, to.how, params, trace, (1, invocation_id), 0, implied)
        if begun.hits or not self._is_in_time(begun, to.read_timeout):
            raise GoesOn(begun)
        kernel, recorder, event = self._world.kernel, self._world.recorder, begun.event
        error: str | None = None
        answer: Params = {}
        task = kernel.current
        skew, task.skew = task.skew, None  # the cloud's clock is right
        try:
            with recorder.caused_by(event):
                chance = begun.chance.random
                kernel.sleep(_LEAST + _SPREAD * chance())
                watched = self._watch(begun)
                try:
                    answer = self._directly(to, begun)
                except Rendered as rendered:
                    begun.response, error = rendered.response, rendered.error
                status = to.status if begun.response is None else begun.response.status_code
                recorder.answer(event, status=status, error=error)
                if not error:
                    self._note(begun)
                    if watched is not None:
                        watched()
                kernel.sleep(_LEAST + _SPREAD * chance())
        finally:
            task.skew = skew
        self.made()
        if begun.response is not None:
            raise GoesOn(begun)
        return answer

    def _directly(self, to: Directly, begun: Begun) -> Params:
        """Carry it out. Raises `Rendered`."""
        request_id = begun.caller.request_id
        try:
            if begun.known.mover is None:
                return self._held_directly(to, begun.params)
            result = self._operate(begun.known, to.stamp, begun.params, begun.caller)
        except ServiceError as error:
            response = wire.render_error(to.how, wire.UNSENT, error, request_id)
            raise Rendered(response, error.code) from None
        try:
            answer = to.give(result)
        except NotDirect:
            raise Rendered(wire.render(to.how, wire.UNSENT, result, request_id), None) from None
        return _with_metadata(to, answer, request_id, {**to.headers, "x-amzn-requestid": request_id})

    def _held_directly(self, to: Directly, params: Params) -> Params:
        answer, status, headers, body = self._world.held.act(to.stamp, to.copy(params), to.give)
        if answer is None:
            error = wire.error_code(headers, body) if status >= 300 else None
            raise Rendered(wire.response(wire.UNSENT, status, headers, body), error)
        lower = {str(name).lower(): value for name, value in headers.items()}
        return _with_metadata(to, answer, lower["x-amzn-requestid"], lower)

    def _begin(
        self,
        stamp: Stamp,
        how: Wire,
        params: Params,
        trace: str,
        tries: tuple[int, str],
        size: int,
        implied: Implied | None = None,
    ) -> Begun:
        """Record it, and ask the plan."""
        world, recorder = self._world, self._world.recorder
        try:
            known = self._known[stamp.service, stamp.operation]
        except KeyError:
            known = self._known[stamp.service, stamp.operation] = self._look_up(stamp)
        about = None if implied is None else implied.about
        if about is None:
            about = known.find(stamp.operation, params)
        call = self._call(about, stamp, params, tries)
        facts = known.facts
        does = facts.does if facts.by_params is None else facts.by_params(params)
        short = wire.short(params) if implied is None else dict(implied.short)
        event = doors.record_call(recorder, call, does, short)
        caller = make_caller(call.actor, stamp.region, world.account, trace, world.kernel.new_id(), size)
        hits = []
        if self._plan.faults:
            hits = self._plan.on_call(call, world.kernel.elapsed, doors.noting(recorder, event))
        chance = world.kernel.chance(f"{call.actor} {event.subject}")
        return Begun(stamp, how, params, known, call, does, event, caller, hits, chance, implied)

    def _look_up(self, stamp: Stamp) -> KnownOperation:
        mover, watcher = self._world.roles(stamp.service, stamp.operation)
        serving = self._world.services.get(stamp.service)
        facts = aws.service(stamp.service) if serving is None else serving.facts
        return KnownOperation(
            aws.service(stamp.service).operation(stamp.operation),
            mover,
            None if mover is None else mover.operations.get(stamp.operation),
            watcher,
            serving.resources if follows(serving, NamesResources) else facts.resources,
            serving if follows(serving, AnswersLate) else None,
        )

    def _is_in_time(self, begun: Begun, read_timeout: float | None) -> bool:
        """Does the client surely get the answer before it gives up?"""
        if read_timeout is None:
            return True
        seconds = 2 * LATENCY_SECONDS[1]
        if begun.hits:
            seconds += sum(hit.decision.seconds for hit in begun.hits if hit.decision.action == "delay")
        late = begun.known.late
        if late is not None:
            seconds += late.seconds_max(begun.stamp.operation, begun.params, begun.caller)
        return seconds < read_timeout

    def _finish_apart(self, begun: Begun, request: AWSPreparedRequest, read_timeout: float) -> AWSResponse:
        """Carry it out beside the client, which may give up: its request takes effect all the same."""
        kernel = self._world.kernel
        begun.deadline = kernel.now + read_timeout
        ended = Signal()
        came: list[AWSResponse | ConnectionClosedError] = []

        def work() -> None:
            try:
                came.append(self._finish(begun, request))
            except ConnectionClosedError as problem:
                came.append(problem)
            if not begun.given_up:
                ended.notify()

        kernel.spawn(f"{begun.event.subject} for a client that may give up", work)
        heard = kernel.wait(ended, read_timeout)
        self.made()
        if not heard:
            begun.given_up = True
            raise ReadTimeoutError(endpoint_url=request.url)
        if isinstance(came[0], ConnectionClosedError):
            raise came[0]
        return came[0]

    def _finish(self, begun: Begun, request: AWSPreparedRequest) -> AWSResponse:
        """Carry it out as the plan says."""
        kernel, recorder, event, hits = self._world.kernel, self._world.recorder, begun.event, begun.hits
        task = kernel.current
        skew, task.skew = task.skew, None  # the cloud's clock is right
        try:
            with recorder.caused_by(event):
                stopped = stops.act(self._world, hits)
                kernel.sleep(_latency(begun.chance) + doors.delay(hits))
                if stopped or doors.act(hits, "lose-request"):
                    recorder.answer(event, error="RequestLost", refused=True)
                    raise ConnectionClosedError(endpoint_url=request.url)
                watched = self._watch(begun)
                rendered, error = self._perform(begun, request)
                begun.given_up = begun.given_up or kernel.now + LATENCY_SECONDS[1] > begun.deadline
                lost = doors.act(hits, "lose-answer") is not None or begun.given_up
                refused = doors.first(hits, "refuse") is not None
                status = rendered.status_code
                recorder.answer(event, status=status, error=error, lost=lost, refused=refused)
                if not error:
                    self._note(begun)
                    if watched is not None:
                        watched()
                kernel.sleep(_latency(begun.chance))
        finally:
            task.skew = skew
        self.made()
        if lost:
            raise ConnectionClosedError(endpoint_url=request.url)
        return rendered

    def _perform(self, begun: Begun, request: AWSPreparedRequest) -> tuple[AWSResponse, str | None]:
        """The response, and the code of the error it carries."""
        stamp, how, hits, request_id = begun.stamp, begun.how, begun.hits, begun.caller.request_id
        params: Params = begun.params
        is_held = begun.known.mover is None
        try:
            _refuse(hits)
            partial = doors.first(hits, "partial")
            left_out = None
            if partial is not None:
                if is_held:
                    params = wire.params_sent(how, wire.body_sent(request), params)
                said = partial.decision
                left_out = batches.take_out(
                    stamp.service, stamp.operation, params, said.entries, said.code, said.message
                )
                if batches.is_empty(left_out, params):
                    partial.acted()
                    return wire.render(how, request, batches.all_failed(left_out), request_id), None
            if is_held:
                changed = wire.body_of(how, params) if left_out else None
                rendered, error = self._world.held.answer(stamp, how, request, params, changed)
                if partial and left_out and error is None:
                    partial.acted()
                    rendered = batches.add_failed_to(rendered, how, request, left_out, request_id)
                return rendered, error
            result = self._operate(begun.known, stamp, params, begun.caller)
            if partial and left_out:
                partial.acted()
                batches.add_failed(result, left_out)
            return wire.render(how, request, result, request_id), None
        except ServiceError as error:
            return wire.render_error(how, request, error, request_id), error.code

    def _operate(self, known: KnownOperation, stamp: Stamp, params: Params, caller: Caller) -> Params:
        if known.act is None:
            assert known.mover is not None
            raise ServiceError(
                "NotImplemented",
                f"the simulator's {stamp.service} has no {stamp.operation}; its operations: "
                f"{', '.join(sorted(known.mover.operations))}",
                501,
            )
        return known.act(params, caller)

    def _call(self, about: Iterable[str], stamp: Stamp, params: Params, tries: tuple[int, str]) -> Call:
        of = self._world.names.of
        names = [of(form, stamp.service, stamp.region) for form in about]
        actor = self._world.recorder.actor
        return make_call(
            f"{stamp.service}:{stamp.operation}",
            names[0] if names else None,
            actor,
            stamp.region,
            tuple(names[1:]),
            *tries,
            params,
            actor == "test" and self._world.recorder.looks,
            bool(self._plan.faults) and self._world.names.place(actor).calls_inside,
        )

    def _watch(self, begun: Begun) -> Callable[[], None] | None:
        """What a mover does after a call that moto carries out."""
        watcher = begun.known.watcher
        return None if watcher is None else watcher.watch(begun.stamp.operation, begun.params, begun.caller)

    def _note(self, begun: Begun) -> None:
        """Note the effects of a call that succeeded: links to dead-letter queues, and messages that left."""
        service, params = begun.stamp.service, begun.params
        if begun.does is Does.CONFIGURES:
            self._world.names.link(links(params) if begun.implied is None else begun.implied.links)
        elif begun.does is Does.SENDS and service not in self._world.services:
            why = f"the simulator doesn't deliver what {service} is given"
            place = begun.call.resource or service
            recorder = self._world.recorder
            recorder.left(place, begun.caller.request_id, body=wire.short(params), why=why)


def _latency(chance: Random) -> float:
    return _LEAST + _SPREAD * chance.random()


def _with_metadata(to: Directly, answer: Params, request_id: str, headers: Mapping[str, str]) -> Params:
    about = {
        "RequestId": request_id,
        "HTTPStatusCode": to.status,
        "HTTPHeaders": headers,
        "RetryAttempts": 0,
    }
    if to.how.protocol == "rest-json":  # of which the SDK reads this first
        return {"ResponseMetadata": about, **answer}
    answer["ResponseMetadata"] = about
    return answer


def _refuse(hits: list[Hit]) -> None:
    decision = doors.act(hits, "refuse")
    if decision is not None:
        raise ServiceError(decision.code, decision.message, decision.status, **decision.fields)
