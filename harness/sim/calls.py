"""The door for API calls: every request of every client asks the plan here, and is recorded here."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError

from harness import aws, wire
from harness.aws import Does
from harness.faults import doors
from harness.faults.active import ActivePlan, Hit
from harness.faults.sites import Call
from harness.sim.services.service import Caller, Mover, NamesResources, Params, ServiceError
from harness.wire import Stamp, Wire, batches

if TYPE_CHECKING:
    from harness.sim.world import World

LATENCY_SECONDS = (0.001, 0.008)
"""Between these a request takes to arrive, and its answer to come back, by the seed."""
TRACE_HEADER = "X-Amzn-Trace-Id"
"""https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader"""


class Calls:
    """Answers the requests of one world."""

    def __init__(self, world: World, plan: ActivePlan) -> None:
        self._world = world
        self._plan = plan
        self.made: Callable[[], None] = lambda: None

    def answer(self, stamp: Stamp, request: AWSPreparedRequest) -> AWSResponse:
        """Answer one request of a client. Raises botocore's connection errors when a fault says so."""
        content_type = wire.text_of(request.headers.get("Content-Type", ""))
        how = wire.wire_of(stamp.service, stamp.operation, content_type)
        params = wire.parse(how, request)
        call = self._call(stamp, request, params)
        recorder = self._world.recorder
        does = aws.service(stamp.service).operation(stamp.operation).does_with(params)
        event = doors.record_call(recorder, call, does, wire.short(params))
        request_id = self._world.kernel.new_id()
        with recorder.caused_by(event), self._world.kernel.unskewed():
            hits = self._plan.on_call(call, self._world.kernel.elapsed, doors.noting(recorder, event))
            chance = self._world.kernel.chance(f"{call.actor} {event.subject}")
            self._travel(hits, chance)
            if doors.act(hits, "lose-request"):
                recorder.answer(event, error="RequestLost", refused=True)
                raise ConnectionClosedError(endpoint_url=request.url)
            rendered, error = self._perform(stamp, how, request, params, hits, request_id)
            lost = doors.act(hits, "lose-answer") is not None
            refused = doors.first(hits, "refuse") is not None
            status = rendered.status_code
            recorder.answer(event, status=status, error=error, lost=lost, refused=refused)
            if not error:
                self._note(stamp.service, call, does, request_id)
            self._world.kernel.sleep(chance.uniform(*LATENCY_SECONDS))
        self.made()
        if lost:
            raise ConnectionClosedError(endpoint_url=request.url)
        return rendered

    def _perform(
        self,
        stamp: Stamp,
        how: Wire,
        request: AWSPreparedRequest,
        params: Params,
        hits: list[Hit],
        request_id: str,
    ) -> tuple[AWSResponse, str | None]:
        """The response, and the code of the error it carries."""
        service = self._world.services.get(stamp.service)
        try:
            _refuse(hits)
            partial = doors.first(hits, "partial")
            left_out = None
            if partial is not None:
                if service is None:
                    params = wire.params_sent(how, wire.body_sent(request), params)
                said = partial.decision
                left_out = batches.take_out(
                    stamp.service, stamp.operation, params, said.entries, said.code, said.message
                )
                if batches.is_empty(left_out, params):
                    partial.acted()
                    return wire.render(how, request, batches.all_failed(left_out), request_id), None
            if service is None:
                changed = wire.body_of(how, params) if left_out else None
                rendered, error = self._world.held.answer(stamp, how, request, params, changed)
                if partial and left_out and error is None:
                    partial.acted()
                    rendered = batches.add_failed_to(rendered, how, request, left_out, request_id)
                return rendered, error
            result = self._operate(service, stamp, params, self._caller(stamp, request, request_id))
            if partial and left_out:
                partial.acted()
                batches.add_failed(result, left_out)
            return wire.render(how, request, result, request_id), None
        except ServiceError as error:
            return wire.render_error(how, request, error, request_id), error.code

    def _operate(self, mover: Mover, stamp: Stamp, params: Params, caller: Caller) -> Params:
        operation = mover.operations.get(stamp.operation)
        if operation is None:
            raise ServiceError(
                "NotImplemented",
                f"the simulator's {stamp.service} has no {stamp.operation}; its operations: "
                f"{', '.join(sorted(mover.operations))}",
                501,
            )
        return operation(params, caller)

    def _caller(self, stamp: Stamp, request: AWSPreparedRequest, request_id: str) -> Caller:
        world = self._world
        trace = wire.text_of(request.headers.get(TRACE_HEADER, ""))
        size = len(request.body) if isinstance(request.body, str | bytes | bytearray) else 0
        return Caller(world.recorder.actor, stamp.region, world.account, trace, request_id, size)

    def _call(self, stamp: Stamp, request: AWSPreparedRequest, params: Params) -> Call:
        physical = self._resources(stamp, params)
        names = tuple(self._world.names.of(form, stamp.service, stamp.region) for form in physical)
        headers = request.headers
        return Call(
            f"{stamp.service}:{stamp.operation}",
            names[0] if names else None,
            self._world.recorder.actor,
            stamp.region,
            names[1:],
            wire.attempt_of(headers),
            wire.invocation_id_of(headers),
            params,
            self._world.recorder.actor == "test" and self._world.recorder.looks,
        )

    def _resources(self, stamp: Stamp, params: Params) -> tuple[str, ...]:
        """The resources that a call is about, as they were sent."""
        mover = self._world.services.get(stamp.service)
        if isinstance(mover, NamesResources):
            return mover.resources(stamp.operation, params)
        facts = aws.service(stamp.service) if mover is None else mover.facts
        return facts.resources(stamp.operation, params)

    def _note(self, service: str, call: Call, does: Does, request_id: str) -> None:
        """Note the effects of a call that succeeded: links to dead-letter queues, and messages that left."""
        if does is Does.CONFIGURES:
            self._world.names.note(call.params)
        elif does is Does.SENDS and service not in self._world.services:
            why = f"the simulator doesn't deliver what {service} is given"
            place = call.resource or service
            self._world.recorder.left(place, request_id, body=wire.short(call.params), why=why)

    def _travel(self, hits: list[Hit], chance: Random) -> None:
        self._world.kernel.sleep(chance.uniform(*LATENCY_SECONDS) + doors.delay(hits))


def _refuse(hits: list[Hit]) -> None:
    decision = doors.act(hits, "refuse")
    if decision is not None:
        raise ServiceError(decision.code, decision.message, decision.status, **decision.fields)
