"""Event source mappings from streams inside LocalStack: batches in order, each delivered as a hop.

For accounts that have begun this takes the place of LocalStack's poller, which doesn't cut batches in two and
reads one shard after the other.
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from ... import aws
from ...aws.parcels import REQUEST_RESPONSE, FunctionParcel, ObjectParcel, Text
from ...aws.rules import destinations
from ...aws.rules import stream_batches as rules
from ...aws.rules.batches import failed_in
from ...aws.rules.stream_lanes import readable
from ...aws.rules.stream_pieces import (
    BatchTry,
    Gathered,
    Piece,
    PieceAnswer,
    failure_of,
    following,
    payload_of,
    reason_of,
    still_due,
    tried,
)
from ...aws.rules.streams import StreamRecord
from . import clock, doors, functions, hops, under_way
from .context import Context
from .doors import AskedHop
from .functions import THROTTLED, FunctionResult, account_of, plain
from .hops import PlannedDelivery, Reached
from .stream_lanes import StreamLane, StreamProgress, consumed_by
from .stream_sources import source_of
from .under_way import Work

KIND = "batch"
LOOK_EVERY_SECONDS = 0.02
"""Real time between two looks into the shards."""


_progress: dict[str, StreamProgress] = {}
"""By the mapping's id."""


class StreamMapping:
    """One mapping at work."""

    has_room = True

    def __init__(self, poller: Any, worker: Any) -> None:
        self.source: str = poller.source_arn
        self.account = account_of(self.source)
        self.uuid: str = worker.uuid
        self.function: str = worker.esm_config["FunctionArn"]
        self._stopped = worker._shutdown_event
        self._ended = under_way.of(self.account).ended
        self._given: Mapping[str, Any] = worker.esm_config
        self._role = str(getattr(poller, "invoke_identity_arn", ""))
        self._reports_failures = bool(poller.processor.sender.report_batch_item_failures)
        self._consumed = consumed_by(self.source, worker.esm_config)
        source = source_of(self.source)
        assert source is not None, "only streams come here"
        self._streams = source
        self._progress = _progress.setdefault(self.uuid, StreamProgress())

    @property
    def actor(self) -> str:
        """The actor in the history for this mapping."""
        return f"mapping:{plain(self.function)}"

    @property
    def busy(self) -> bool:
        """Does one of its batches go on right now, or is there something to read?"""
        return self.moving > 0

    @property
    def moving(self) -> int:
        """The number of its batches in progress, and of the lanes with something to read."""
        works = [work for work in under_way.of(self.account).of_kind(KIND) if work.about == self.uuid]
        if self._stopped.is_set():
            return sum(work.moving for work in works)
        return sum(work.moving for work in works) + len(self._waiting())

    def live(self) -> None:
        """Read until the mapping stops."""
        self._progress.generation += 1
        generation = self._progress.generation
        while not self._is_over(generation):
            for lane in self._waiting():
                lane.busy = True
                work = under_way.of(self.account).begin(KIND, self.uuid)
                under_way.carry_on(work, partial(self._read_lane, lane=lane, generation=generation))
            self._stopped.wait(LOOK_EVERY_SECONDS)

    def _is_over(self, generation: int) -> bool:
        stopped = self._stopped.is_set() or self._ended.is_set()
        return stopped or generation != self._progress.generation

    def _waiting(self) -> list[StreamLane]:
        """Lanes with something to read, which no thread reads."""
        try:
            lanes = self._lanes()
            return [lane for lane in lanes if not (lane.busy or lane.finished) and self._has_more(lane)]
        except LookupError:
            return []

    def _has_more(self, lane: StreamLane) -> bool:
        if lane.window is not None or self._is_closed(lane.shard):
            return True
        return bool(self._streams.read(self.source, lane.shard, lane.position, 1))

    def _lanes(self) -> list[StreamLane]:
        """The lanes of the shards that can be read now: parents before children."""
        shards = self._streams.shards(self.source)
        found = readable(self._progress.lanes, shards, self._consumed.lanes, self._new_lane)
        self._progress.begun = True
        return found

    def _new_lane(self, shard: str, number: int) -> StreamLane:
        consumed, first = self._consumed, 0
        if not self._progress.begun:
            first = self._streams.start(self.source, shard, consumed.starting, consumed.timestamp)
        return StreamLane(shard, number, first)

    def _is_closed(self, shard: str) -> bool:
        shards = self._streams.shards(self.source)
        return next((each.closed for each in shards if each.id == shard), True)

    def _read_lane(self, work: Work, lane: StreamLane, generation: int) -> None:
        """Run batches of a lane until nothing is left to read."""
        try:
            while not self._is_over(generation) and not lane.finished:
                piece = self._gather(work, lane, generation)
                if piece is None:
                    return
                self._run(work, lane, piece, generation)
        except LookupError:
            lane.finished = True  # the stream is gone
        finally:
            lane.busy = False

    def _gather(self, work: Work, lane: StreamLane, generation: int) -> Piece | None:
        """A batch: full, or as large as the window made it. None: there is nothing to read."""
        consumed, until = self._consumed, 0.0
        self._skip_expired(lane)
        made = Gathered(consumed, lane.number, lane.position, lane.window)
        try:
            while not self._is_over(generation):
                begun = bool(made.records)
                found = self._streams.read(self.source, lane.shard, made.position, made.room)
                self._tell_filtered(made.take(found))
                lane.window = made.window
                if made.records and not begun:
                    until = self._now() + consumed.window_seconds
                if not made.records:
                    lane.position = made.position
                elif made.full or not made.room or self._now() >= until:
                    return made.piece
                if found and not made.full:
                    continue
                if made.window_ends(self._now()):
                    return Piece((), window=lane.window, final=True)
                if self._is_closed(lane.shard) and (made.records or lane.window is None):
                    lane.finished = not made.records
                    return made.piece if made.records else None
                if not made.records and lane.window is None:
                    return None
                work.due = until if made.records or lane.window is None else lane.window.end
                work.what = "window of a mapping"
                self._stopped.wait(LOOK_EVERY_SECONDS)
                work.due = None
            return None
        finally:
            work.due = None

    def _tell_filtered(self, records: Iterable[StreamRecord]) -> None:
        for record in records:
            self._event(
                "filtered",
                None,
                source=self.source,
                target=plain(self.function),
                messages=[record.sequence_number],
            )

    def _skip_expired(self, lane: StreamLane) -> None:
        """Tell of records that were never read, because their retention has ended."""
        gone = self._streams.trimmed(self.source, lane.shard, lane.position)
        lanes = self._consumed.lanes
        self._tell_expired(each for each in gone if rules.lane_of(each.group, lanes) == lane.number)
        lane.position += len(gone)

    def _tell_expired(self, records: Iterable[StreamRecord]) -> None:
        target = plain(self.function)
        why = f"its retention ended before {target.rsplit(':', 1)[-1]} was done with it"
        for record in records:
            if rules.wanted(self._consumed.patterns, record.shown):
                self._event(
                    "expired",
                    None,
                    place=self.source,
                    message=record.sequence_number,
                    reason=why,
                    target=target,
                )

    def _run(self, work: Work, lane: StreamLane, piece: Piece, generation: int) -> None:
        """Try a batch, in halves if it comes to that, until all of it is done or given up."""
        pieces = deque([piece])
        while pieces:
            halves = self._try(work, lane, pieces.popleft(), generation)
            if halves is None:
                return
            pieces.extendleft(reversed(halves))

    def _try(self, work: Work, lane: StreamLane, piece: Piece, generation: int) -> Sequence[Piece] | None:
        """Try a batch until it is done, given up or cut in two. None: reading was stopped before."""
        delay, last = rules.RETRY_SECONDS_MIN, None
        while True:
            piece = self._still_due(work, lane, piece, last)
            if not piece.records and not piece.final:
                return ()
            piece = replace(piece, tries=piece.tries + 1)
            last = self._attempt(lane, piece)
            lane.advance(piece.records[: last.done])
            then = following(piece, last, self._consumed.limits)
            if then.given_up and then.again is not None:
                self._give_up(work, lane, then.again, rules.RETRIES_EXHAUSTED, last)
            if then.closes:
                lane.window, lane.state = None, {}
            if then.again is None or then.given_up:
                return then.pieces
            piece = then.again
            if self._is_over(generation):
                return None
            work.wait(delay, f"retry of a batch for {plain(self.function).rsplit(':', 1)[-1]}")
            if self._is_over(generation):
                return None
            delay = min(delay * 2, rules.RETRY_SECONDS_MAX)

    def _still_due(self, work: Work, lane: StreamLane, piece: Piece, last: BatchTry | None) -> Piece:
        """The records that are neither too old for the settings nor gone from the stream."""
        if not piece.records:
            return piece
        gone = self._streams.trimmed(self.source, lane.shard, piece.records[0].position)
        due = still_due(piece, gone, self._now(), self._consumed.limits)
        self._tell_expired(due.expired)
        lane.advance(due.expired)
        if due.too_old.records:
            self._give_up(work, lane, due.too_old, rules.TOO_OLD, last)
        return due.rest

    def _attempt(self, lane: StreamLane, piece: Piece) -> BatchTry:
        """The function gets the batch."""
        request_id, ids = str(uuid4()), piece.ids
        parcel = FunctionParcel(
            payload=self._payload(lane, piece),
            invocation=REQUEST_RESPONSE,
            request_id=request_id,
            reads_failures=self._reports_failures,
            in_order=True,
        )

        def arrive(hop: AskedHop, reached: Reached) -> FunctionResult:
            why = Context(
                cause=hop.seq,
                actor=self.actor,
                by_mover=True,
                source=self.source,
                messages=ids,
                attempt=piece.tries,
                reports_failures=self._reports_failures,
                in_order=True,
            )
            ran = functions.run(self.function, json.loads(hop.parcel.text), why)
            reached(ids, acknowledged=len(self._failed(ran, ids)) < len(ids) or not ids)
            return ran

        made = hops.deliver(self._delivery(plain(self.function), ids, parcel), piece.tries, arrive)
        if made.value is None:
            code = "" if made.failure is None else made.failure.code
            return BatchTry(False, why="throttled" if code == THROTTLED else code, request_id=request_id)
        ran = made.value
        failed = self._failed(ran, ids) if ran.error is None else frozenset()
        last = tried(piece, request_id, PieceAnswer(ran.payload, ran.error, failed, ran.version, ran.ended))
        if piece.window is not None and not last.why:
            lane.state = rules.state_of(ran.payload)
        return last

    def _failed(self, ran: FunctionResult, ids: Sequence[str]) -> frozenset[str]:
        """The records that the function isn't done with."""
        if ran.error is not None:
            return frozenset(ids)
        return failed_in(ran.text, ids, in_order=True) if self._reports_failures else frozenset()

    def _payload(self, lane: StreamLane, piece: Piece) -> dict[str, Any]:
        records = [self._shown(record) for record in piece.records]
        return payload_of(piece, records, self.source, lane.shard, lane.state)

    def _shown(self, record: StreamRecord) -> Mapping[str, Any]:
        if "invokeIdentityArn" not in record.shown:
            return record.shown
        return {**record.shown, "invokeIdentityArn": self._role}

    def _give_up(
        self, work: Work, lane: StreamLane, piece: Piece, condition: str, last: BatchTry | None
    ) -> None:
        """These records aren't tried any more: they go to the failure destination, or are lost."""
        if piece.records and not self._keep(work, lane, piece, condition, last):
            self._event(
                "dropped",
                None if last is None else last.event,
                place=self.source,
                messages=list(piece.ids),
                reason=reason_of(condition, last),
                target=plain(self.function),
            )
        lane.advance(piece.records)

    def _keep(
        self, work: Work, lane: StreamLane, piece: Piece, condition: str, last: BatchTry | None
    ) -> bool:
        """Tell the failure destination of a batch. False: there is none, or it couldn't be told."""
        to = ((self._given.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if not to:
            return False
        now, cause = self._now(), None if last is None else last.event
        told = failure_of(
            piece,
            condition,
            last,
            function=self.function,
            request_id=str(uuid4()),
            stream=self.source,
            shard=lane.shard,
            now=now,
        )
        parcel = aws.parcel(to, Text(text=json.dumps(told)))
        if parcel is None:
            whole = json.dumps({**told, "payload": json.dumps(self._payload(lane, piece))})
            key = rules.object_key(self.uuid, lane.shard, now, str(uuid4()))
            parcel = ObjectParcel(key=key, body=whole)

        def kept(ids: Sequence[str]) -> None:
            self._event(
                "dead-lettered",
                cause,
                place=self.source,
                messages=list(piece.ids),
                to=to,
                ids=list(ids[:1]) * len(piece.ids),
                reason=reason_of(condition, last),
                target=plain(self.function),
            )

        delivery = replace(self._delivery(to, piece.ids, parcel), cause=cause, then=kept)
        for attempt in range(1, destinations.ATTEMPTS_MAX + 1):
            made = hops.deliver(delivery, attempt, partial(hops.put, delivery))
            if made.failure is None or not made.failure.retryable:
                break
            work.wait(destinations.DELAY_SECONDS, f"retry to {to.rsplit(':', 1)[-1]}")
        return made.failure is None

    def _delivery(self, target: str, ids: tuple[str, ...], parcel: Any) -> PlannedDelivery:
        return PlannedDelivery(
            account=self.account,
            source=self.source,
            target=target,
            messages=ids,
            parcel=parcel,
            actor=self.actor,
            about=self.uuid,
            in_order=True,
        )

    def _event(self, kind: str, cause: int | None, **words: Any) -> None:
        doors.event(self.account, kind, actor=self.actor, cause=cause, **words)

    def _now(self) -> float:
        return clock.now(self.account)
