"""The door for API calls: every request asks the plan here, is recorded here, and goes on to the emulator.

The events are those of the simulator's door, and so are the decisions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from harness import aws, wire
from harness.aws import Does, Role
from harness.aws.rules.wiring import links
from harness.faults import doors
from harness.faults.active import ActivePlan, Hit
from harness.faults.sites import Call
from harness.gateway.guest import Guest
from harness.gateway.http import Answer, Incoming, Reply, Unreachable, Upstream
from harness.gateway.memory import KnownEnvironment, Memory, UnderWay
from harness.history import Event
from harness.wire import Params, ServiceError, Stamp, batches
from harness.wire.identify import app_of, needs_body, scope_of, stamp_of, token_of

SMALL_BYTES = 1 << 16
"""Answers up to this size are passed on in one piece."""

CAUSE = b"x-harness-cause"
ACCOUNT = b"x-moto-account-id"
"""By this header moto's server keeps accounts apart, where others go by the access key."""
REQUEST_IDS = (b"x-amzn-requestid", b"x-amz-request-id")
TEST = "harness.test"
ENVIRONMENT = "harness.env."


@dataclass(frozen=True, slots=True)
class CallOrigin:
    """The origin of a call."""

    actor: str
    environment: KnownEnvironment | None = None

    @property
    def cause(self) -> Event | None:
        """The run of a function in which it does."""
        return self.environment.invocation if self.environment is not None else None


@dataclass(frozen=True, slots=True)
class Known:
    """A request of which it is known what it asks for, and what goes wrong with it."""

    incoming: Incoming
    stamp: Stamp
    how: wire.Wire
    params: Params
    call: Call
    event: Event
    hits: list[Hit]


class CallDoor:
    """Passes requests of clients on to the emulator, unless the plan says otherwise.

    `told_of`: services of which the guest tells what becomes of messages; None: there is no guest.
    """

    def __init__(
        self,
        memory: Memory,
        plan: ActivePlan,
        upstream: Upstream,
        guest: Guest,
        told_of: Collection[str] | None = None,
    ) -> None:
        self._memory = memory
        self._told_of = told_of
        self._plan = plan
        self._upstream = upstream
        self._guest = guest

    async def handle(self, incoming: Incoming) -> Answer | Reply:
        """Answer one request. Raises `ConnectionError` where the connection is to break."""
        headers, target = incoming.headers, incoming.target
        caller = self._caller(token_of(headers, target), headers)
        if caller.environment is not None and caller.environment.dead:
            raise ConnectionResetError("this environment has died")
        scope = scope_of(headers, target)
        if scope is not None and needs_body(headers):
            await incoming.load()
        stamp = stamp_of(scope, incoming.method, target, headers, incoming.body or b"") if scope else None
        recorder = self._memory.recorder
        with recorder.caused_by(caller.cause, actor=caller.actor):
            if stamp is None:
                return await self._pass_unknown(incoming, scope.region if scope else "")
            how = wire.wire_of(stamp.service, stamp.operation, headers.get("Content-Type", ""))
            if not (how.protocol == "rest-xml" and how.model.has_streaming_input):
                await incoming.load()
            params = _params(how, incoming)
            call = self._call(stamp, incoming, params)
            does = self._operation(stamp).does_with(params)
            event = doors.record_call(recorder, call, does, wire.short(params))
        with recorder.caused_by(event, actor=caller.actor):
            hits = self._plan.on_call(call, self._memory.clock.elapsed(), doors.noting(recorder, event))
            known = Known(incoming, stamp, how, params, call, event, hits)
            return await self._answer(known, caller.environment)

    async def _answer(self, known: Known, environment: KnownEnvironment | None) -> Answer | Reply:
        memory = self._memory
        shown = known.call.actor != "test" and not _waits(known)
        whose = environment.id if environment is not None else ""
        one = memory.begin(known.event.subject, whose) if shown else None
        try:
            await self._travel(known, one)
            answer = await self._perform(known)
        finally:
            if one is not None:
                memory.end(one)
        try:
            await self._count(environment)
            if doors.first(known.hits, "lose-answer"):
                raise ConnectionResetError("the answer was lost by a fault")
        except BaseException:
            if isinstance(answer, Reply):
                answer.drop()
            raise
        return answer

    async def _travel(self, known: Known, one: UnderWay | None) -> None:
        """The way to the cloud: it may take long, or not end there."""
        if await self._memory.stopped(known.hits):
            self._record_answer(known, error="RequestLost", refused=True)
            raise ConnectionResetError("the cloud was restarted by a fault")
        if seconds := doors.delay(known.hits):
            await self._memory.hold(seconds, one, known.event.subject)
        if doors.act(known.hits, "lose-request"):
            self._record_answer(known, error="RequestLost", refused=True)
            raise ConnectionResetError("the request was lost by a fault")

    async def _perform(self, known: Known) -> Answer | Reply:
        """The answer; it and its effect on messages are recorded before the client gets it."""
        try:
            answer = await self._carry_out(known)
        except ConnectionError as problem:
            self._record_answer(known, error="Unreachable", lost=not isinstance(problem, Unreachable))
            raise
        except ServiceError as error:
            answer = Answer.of(wire.render_error(known.how, known.incoming, error, str(uuid4())), error.code)
        refused = doors.first(known.hits, "refuse") is not None
        lost = doors.act(known.hits, "lose-answer") is not None
        error_code = answer.error if isinstance(answer, Answer) else None
        self._record_answer(known, status=answer.status, error=error_code, lost=lost, refused=refused)
        if answer.status < 300:
            self._note(known, answer)
        return answer

    def _note(self, known: Known, answer: Answer | Reply) -> None:
        """Note the effects of a call that succeeded: facts about places, and messages that left."""
        does, service = Does(known.event.data["does"]), known.stamp.service
        if does is Does.CONFIGURES:
            self._memory.names.link(links(known.params))
        elif does is Does.SENDS and self._told_of is not None and service not in self._told_of:
            why = f"the emulator doesn't tell what becomes of what {service} is given"
            place, body = known.call.resource or service, wire.short(known.params)
            self._memory.recorder.left(place, _request_id(answer), body=body, why=why)

    async def _carry_out(self, known: Known) -> Answer | Reply:
        """Let the emulator answer. Raises `ServiceError` for what a fault refuses, and `ConnectionError`."""
        refusal = doors.act(known.hits, "refuse")
        if refusal is not None:
            raise ServiceError(refusal.code, refusal.message, refusal.status, **refusal.fields)
        incoming, partial = known.incoming, doors.first(known.hits, "partial")
        left_out = None
        if partial is not None:
            params = wire.params_sent(known.how, incoming.body or b"", known.params)
            said = partial.decision
            left_out = batches.take_out(
                known.stamp.service, known.stamp.operation, params, said.entries, said.code, said.message
            )
            if batches.is_empty(left_out, params):
                partial.acted()
                nothing = batches.all_failed(left_out)
                return Answer.of(wire.render(known.how, incoming, nothing, str(uuid4())))
            incoming.body = wire.body_of(known.how, params)
        reply = await self._ask(incoming, known.event)
        goes_by = self._operation(known.stamp).goes_by if reply.status < 300 else None
        is_small = reply.length is not None and reply.length <= SMALL_BYTES
        if not (goes_by or left_out or is_small or reply.status >= 300):
            return reply
        async with reply:
            body = await reply.read()
        error = wire.error_code(reply.headers, body) if reply.status >= 300 else None
        answer = Answer(reply.status, reply.raw_headers, body, error)
        if goes_by is not None:
            self._note_name(wire.result_of(known.how, reply.status, reply.headers, body), *goes_by)
        if partial is None or left_out is None or error:
            return answer
        partial.acted()
        return _with_failed(known, answer, left_out)

    def _note_name(self, result: Params, name: str, arn: str) -> None:
        """Later calls may name by `name` what the cloud has made for `arn`."""
        if result.get(name) and result.get(arn):
            self._memory.stand_for[str(result[name])] = aws.unqualified(str(result[arn]))

    @staticmethod
    def _operation(stamp: Stamp) -> aws.Operation:
        return aws.service(stamp.service).operation(stamp.operation)

    async def _pass_unknown(self, incoming: Incoming, region: str) -> Reply:
        """Nobody knows what it is: it goes on untouched."""
        recorder = self._memory.recorder
        call = Call(f"unknown:{incoming.method}", incoming.path, recorder.actor, region)
        event = recorder.call(call.operation, Does.READS, call.resource, region=region)
        with recorder.caused_by(event):
            try:
                reply = await self._ask(incoming, event)
            except ConnectionError as problem:
                recorder.answer(event, error="Unreachable", lost=not isinstance(problem, Unreachable))
                raise
            recorder.answer(event, status=reply.status)
        return reply

    async def _ask(self, incoming: Incoming, event: Event) -> Reply:
        ours = [(CAUSE, str(event.seq).encode()), (ACCOUNT, self._memory.account.encode())]
        body = incoming.body or incoming.link.body()
        return await self._upstream.ask(
            incoming.method, incoming.target, [*incoming.raw_headers, *ours], body
        )

    async def _count(self, environment: KnownEnvironment | None) -> None:
        """A call of an environment was answered. Raises `ConnectionError` if it must die of that."""
        if environment is None:
            return
        environment.calls += 1
        how = environment.kill
        if how is None or environment.calls != environment.dies_after:
            return
        environment.dead = how != "timeout"
        if environment.dying is not None:
            environment.dying.acted()
        await self._guest.kill(environment.id, how)
        if not environment.dead:
            await environment.over.wait()
        raise ConnectionResetError(f"{how} by a fault")

    def _record_answer(
        self,
        known: Known,
        *,
        status: int = 0,
        error: str | None = None,
        lost: bool = False,
        refused: bool = False,
    ) -> None:
        recorder = self._memory.recorder
        recorder.answer(known.event, status=status, error=error, lost=lost, refused=refused)

    def _caller(self, token: str, headers: Mapping[str, Any]) -> CallOrigin:
        if token == TEST:
            return CallOrigin("test")
        if token.startswith(ENVIRONMENT):
            environment = self._memory.environments.get(token.removeprefix(ENVIRONMENT))
            if environment is not None:
                return CallOrigin(environment.function, environment)
        function = self._memory.apps.get(app_of(headers)) if self._memory.apps else None
        return CallOrigin("worker" if function is None else self._memory.names.of(*function))

    def _call(self, stamp: Stamp, incoming: Incoming, params: Params) -> Call:
        memory = self._memory
        physical = aws.service(stamp.service).resources(stamp.operation, params)
        found = (memory.stand_for.get(name, name) for name in physical)
        names = tuple(memory.names.of(form, stamp.service, stamp.region) for form in found)
        return Call(
            f"{stamp.service}:{stamp.operation}",
            names[0] if names else None,
            memory.recorder.actor,
            stamp.region,
            names[1:],
            wire.attempt_of(incoming.headers),
            wire.invocation_id_of(incoming.headers),
            params,
            memory.recorder.actor == "test" and memory.recorder.looks,
        )


def _waits(known: Known) -> bool:
    """Does a call only wait for something else that shows: for a message, or for what a run answers?"""
    service, stamp = aws.service(known.stamp.service), known.stamp
    does = service.operation(stamp.operation).does_with(known.params)
    named = service.arns(stamp.operation, known.params, region=stamp.region, account="")
    runs = any(service.role(arn) is Role.RUNS for arn in named)
    return does is Does.TAKES or (does is Does.SENDS and runs)


def _params(how: wire.Wire, incoming: Incoming) -> Params:
    """The parameters; none where they can't be read, which is for the emulator to say."""
    try:
        params = wire.parse(how, incoming)
    except Exception:
        return {}
    return params if isinstance(params, dict) else {}


def _request_id(answer: Answer | Reply) -> str:
    """The id that the emulator gave a request; a new one if it gave none."""
    found = next((value for name, value in answer.raw_headers if name.lower() in REQUEST_IDS), b"")
    return found.decode() or str(uuid4())


def _with_failed(known: Known, answer: Answer, left_out: batches.LeftOut) -> Answer:
    """The answer, and in it what was left out."""
    headers = {name.decode(): value.decode() for name, value in answer.raw_headers}
    whole = wire.response(known.incoming, answer.status, headers, answer.body)
    return Answer.of(batches.add_failed_to(whole, known.how, known.incoming, left_out, str(uuid4())))
