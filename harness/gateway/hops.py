"""The door for deliveries and invocations: the guest inside of the emulator asks it about each of them.

The events are those of the simulator's doors, and so are the decisions.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from harness.aws.parcel_json import NotAParcel, from_json, to_json
from harness.aws.parcels import Parcel
from harness.cloud import Sent
from harness.faults import doors
from harness.faults.active import ActivePlan, Hit
from harness.faults.decision import Decision
from harness.faults.ends import Ends
from harness.faults.overtaking import Overtaking
from harness.faults.sites import Hop
from harness.gateway.executions import ExecutionDoor
from harness.gateway.http import Answer, Incoming
from harness.gateway.invocations import InvocationDoor
from harness.gateway.memory import Memory, UnderWay
from harness.gateway.naming import is_function, is_topic
from harness.gateway.reported import Reported
from harness.gateway.verbs import BadRequest, Fields
from harness.history import Event
from harness.history.places import ASYNC

BODY_BYTES_MAX = 64 << 20
TOKEN = "x-harness-token"
RESTARTED = Decision.refuse("Unavailable", "the cloud was restarted by a fault")
_JSON = [(b"Content-Type", b"application/json")]

Verb = Callable[[Fields], Awaitable[dict[str, Any]]]


@dataclass(slots=True)
class _Open:
    """A delivery of which it isn't known yet how it ended. `left`: so many arrivals are to come.

    The hits are those that act when it ends well, when it has reached its target, and with each copy.
    """

    event: Event
    hop: Hop
    left: int
    one: UnderWay | None
    losing: Hit | None = None
    altering: Sequence[Hit] = ()
    copying: list[Hit] = field(default_factory=list)
    done: bool = False


class HopDoor:
    """Answers the guest. `token`: who doesn't know it may not ask; None: nobody may."""

    def __init__(self, memory: Memory, plan: ActivePlan, token: str | None) -> None:
        self._memory = memory
        self._plan = plan
        self._token = token
        self._chance = Random(0)
        self._overtaking = Overtaking()
        self._open: dict[int, _Open] = {}
        self._failed: set[int] = set()
        invocations, reported = InvocationDoor(memory, plan, self._reached), Reported(memory)
        executions = ExecutionDoor(memory)
        self._verbs: dict[str, Verb] = {
            "hop": self._hop,
            "arrived": self._arrived,
            "hop-failed": self._hop_failed,
            "invocation": invocations.begin,
            "invocation-ended": invocations.end,
            "execution": executions.begin,
            "execution-ended": executions.end,
            "event": reported.record,
            "sent": self._sent,
        }

    async def handle(self, incoming: Incoming) -> Answer:
        """Answer one request of the guest: 400 with a sentence if it makes no sense."""
        told = incoming.headers.get(TOKEN, "")
        if self._token is None or not secrets.compare_digest(told.encode(), self._token.encode()):
            return _refused(403, "only the guest inside of the emulator may ask this; its token is missing")
        name = incoming.path.removeprefix("/_harness/")
        verb = self._verbs.get(name)
        if verb is None or incoming.method != "POST":
            known = f"expected POST /_harness/ and one of {', '.join(sorted(self._verbs))}"
            return _refused(404, f"{incoming.method} {incoming.path}: {known}")
        try:
            return _answered(200, await verb(Fields.of(name, await incoming.load(BODY_BYTES_MAX))))
        except BadRequest as problem:
            self._memory.untold.append(str(problem))
            return _refused(400, str(problem))

    def forget_work(self) -> None:
        """Nobody will tell how what is under way has ended."""
        self._open.clear()

    async def _hop(self, fields: Fields) -> dict[str, Any]:
        memory, recorder = self._memory, self._memory.recorder
        source, target = fields.text("source"), fields.text("target")
        messages, attempt = fields.texts("messages"), fields.number("attempt", 1)
        from_name, to_name = memory.name_of(source), memory.name_of(target)
        hop = Hop(
            from_name,
            to_name,
            messages,
            attempt,
            _parcel(fields),
            source.removesuffix(ASYNC),
            target,
            ends=Ends.of(*(memory.names.place(name) for name in (from_name, to_name))),
        )
        cause = memory.seq(fields, "cause")
        with recorder.caused_by(cause, actor=memory.actor(fields, cause)):
            event = recorder.hop(hop.source, hop.target, hop.messages, attempt=hop.attempt)
        note, earlier = doors.noting(recorder, event), doors.repeating(recorder)
        hits = self._plan.on_hop(hop, memory.clock.elapsed(), note, earlier)
        copies = list(doors.copies(hits))
        going = _Open(
            event,
            hop,
            1 + len(copies),
            memory.begin(event.subject),
            losing=doors.first(hits, "lose-answer"),
            altering=[hit for hit in hits if hit.decision.action == "alter"],
            copying=[hit for hit, _ in copies],
        )
        self._open[event.seq] = going
        stopped = await memory.stopped(hits)
        await self._travel(going, hits)
        answer: dict[str, Any] = {
            "hop": event.seq,
            "refuse": None,
            "copies": [after_seconds for _, after_seconds in copies],
            "lose_answer": going.losing is not None,
        }
        refusal = RESTARTED if stopped else doors.act(hits, "refuse")
        if refusal is not None:
            code, message, again = refusal.code, refusal.message, refusal.retryable
            self._record_failed(going, code, message, retryable=again, applied=False)
            self._close(going)
            refused = {"code": code, "message": message, "retryable": again}
            return {**answer, "refuse": refused, "copies": [], "lose_answer": False}
        altered = going.altering[-1].decision.parcel if going.altering else None
        if altered is not None:
            answer["parcel"] = to_json(altered)
        if is_function(target) and not is_topic(source):
            self._no_longer_shown(going)  # the invocation is what goes on from here, and the guest shows it
        return answer

    async def _travel(self, going: _Open, hits: Sequence[Hit]) -> None:
        """The time that faults make it take, and whether others overtake it meanwhile."""
        seconds = doors.delay(hits)
        due = self._memory.clock.elapsed() + seconds
        held = self._overtaking.begin(going.hop, due, hits, self._chance)
        try:
            if seconds + held.seconds:
                await self._memory.hold(seconds + held.seconds, going.one, going.event.subject)
            self._overtaking.arrive(held)
        finally:
            self._overtaking.end(held)

    def _reached(self, hop: int | None) -> None:
        """The contents of this hop have reached their target."""
        going = None if hop is None else self._open.get(hop)
        for hit in () if going is None else going.altering:
            hit.acted()

    async def _arrived(self, fields: Fields) -> dict[str, Any]:
        going, ids = self._going(fields), fields.texts("ids")
        event, memory = going.event, self._memory
        copy = fields.flag("copy")
        for hit in [going.copying.pop(0)] if copy and going.copying else going.altering:
            hit.acted()
        with memory.recorder.caused_by(event, actor=event.actor):
            memory.recorder.arrived(event, ids, copy=copy)
        if not copy:
            going.done = True
            self._no_longer_shown(going)
            if going.losing is not None and fields.flag("acknowledged", True):
                going.losing.acted()
                message = "delivered, but the answer was lost"
                self._record_failed(going, "AnswerLost", message, retryable=True, applied=True)
        self._one_less(going)
        return {}

    async def _hop_failed(self, fields: Fields) -> dict[str, Any]:
        code, message = fields.text("code"), fields.text("message", "")
        retryable, applied = fields.flag("retryable", True), fields.flag("applied")
        seq = fields.number("hop")
        going = self._open.get(seq)
        if going is None and seq not in self._failed:
            raise _not_under_way(seq)
        if going is None or (going.done and going.losing):
            return {}  # a fault's doing, which is recorded already
        going.done = True
        self._no_longer_shown(going)
        self._record_failed(going, code, message, retryable=retryable, applied=applied)
        self._one_less(going)
        return {}

    async def _sent(self, fields: Fields) -> dict[str, Any]:
        self._memory.outbox.append(
            Sent(
                fields.text("protocol"),
                fields.text("endpoint"),
                fields.text("body"),
                round(self._memory.clock.elapsed(), 6),
                fields.text("subscription", ""),
                fields.optional_text("subject"),
                fields.object("headers"),
            )
        )
        return {}

    def _going(self, fields: Fields) -> _Open:
        seq = fields.number("hop")
        going = self._open.get(seq)
        if going is None:
            raise _not_under_way(seq)
        return going

    def _record_failed(
        self, going: _Open, code: str, message: str, *, retryable: bool, applied: bool
    ) -> None:
        recorder, event = self._memory.recorder, going.event
        self._failed.add(event.seq)
        with recorder.caused_by(event, actor=event.actor):
            recorder.hop_failed(event, code, message, retryable=retryable, applied=applied)

    def _no_longer_shown(self, going: _Open) -> None:
        if going.one is not None:
            self._memory.end(going.one)
            going.one = None

    def _one_less(self, going: _Open) -> None:
        going.left -= 1
        if going.left <= 0:
            self._close(going)

    def _close(self, going: _Open) -> None:
        """Nothing more is to come of it."""
        self._no_longer_shown(going)
        self._open.pop(going.event.seq, None)


def _parcel(fields: Fields) -> Parcel | None:
    """The delivered parcel; None where it is unknown. Raises `BadRequest`."""
    if fields.any("parcel") is None:
        return None
    try:
        return from_json(fields.any("parcel"))
    except NotAParcel as problem:
        raise fields.wrong("parcel", f"a parcel: {problem}") from None


def _not_under_way(seq: int) -> BadRequest:
    return BadRequest(f"hop {seq}: no delivery of this number is under way")


def _refused(status: int, sentence: str) -> Answer:
    return _answered(status, {"message": sentence})


def _answered(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, _JSON, json.dumps(body).encode())
