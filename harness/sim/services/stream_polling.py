"""The reading of a stream, which event source mappings and pipes share: batches in order, shard by shard.

Each shard has a position up to which its records are done. A batch that fails holds up those behind it; who
stops meanwhile goes on from that position, so records come again. Event-driven, as `polling` is for queues.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from harness.aws.parcels import Parcel
from harness.aws.rules import destinations
from harness.aws.rules import stream_batches as rules
from harness.aws.rules.stream_lanes import readable
from harness.aws.rules.stream_pieces import (
    BatchTry,
    Consumed,
    Gathered,
    Piece,
    following,
    reason_of,
    still_due,
)
from harness.aws.rules.streams import StreamRecord
from harness.sim.activities import Task
from harness.sim.services.service import Delivery, ServiceError
from harness.sim.services.shards import Streams
from harness.sim.services.stream_lanes import PolledLane

if TYPE_CHECKING:
    from harness.sim.world import World


class StreamPolling:
    """Reads one stream: subclasses say how a batch is tried, and where one goes that is given up.

    `actor` is its name in the history.
    """

    def __init__(self, world: World, consumed: Consumed, actor: str) -> None:
        self.actor = actor
        self._world = world
        self._consumed = consumed
        self._source: Streams = world.streams(consumed.stream)
        self._signal = self._source.changed(consumed.stream)
        self._lanes: dict[tuple[str, int], PolledLane] = {}
        self._begun = False
        self._generation = 0
        self._chance = world.kernel.chance(f"{self.actor} reads {world.names.of(consumed.stream)}")
        self.problem: str | None = None
        self.last_result = "No records processed"

    def attempt(self, lane: PolledLane, piece: Piece) -> BatchTry:
        """Try a batch once; blocks."""
        raise NotImplementedError

    def keep(self, lane: PolledLane, piece: Piece, condition: str, last: BatchTry | None) -> bool:
        """Send on what tells of a batch that is given up. False: there is nowhere to."""
        raise NotImplementedError

    def lay_aside(self, piece: Piece, to: str, parcel: Parcel, condition: str, last: BatchTry | None) -> bool:
        """Deliver what tells of a batch. False: it could not be."""
        consumed, names = self._consumed, self._world.names
        for attempt in range(1, destinations.ATTEMPTS_MAX + 1):
            delivery = Delivery(consumed.stream, to, piece.ids, parcel, attempt, by_role=True)
            result = self._world.hops.run(delivery)
            if result.ok or not result.retryable:
                break
            self._world.kernel.sleep(destinations.DELAY_SECONDS)
        if result.ok:
            self._world.recorder.dead_lettered(
                names.of(consumed.stream),
                piece.ids,
                to=names.of(to),
                ids=list(result.ids[:1]) * len(piece.ids),
                reason=reason_of(condition, last),
                target=names.of(consumed.target),
            )
        return result.ok

    def poll(self, consumed: Consumed) -> None:
        """From now on it reads, with these settings."""
        if consumed.lanes != self._consumed.lanes:
            self._merge_lanes(consumed.lanes)
        self._consumed = consumed
        self._generation += 1
        self.problem = None
        self._begin_lanes(self._generation)
        self._world.kernel.spawn(self.actor, partial(self._follow, self._generation))

    def stop(self) -> None:
        """No more batches; an attempt that runs goes on to its end."""
        self._generation += 1
        self._signal.notify()

    def _goes_on(self, generation: int) -> bool:
        return generation == self._generation and self.problem is None

    def _follow(self, generation: int) -> None:
        """Begin with shards as they become readable."""
        while self._goes_on(generation):
            self._world.kernel.wait(self._signal)
            if self._goes_on(generation):
                self._begin_lanes(generation)

    def _begin_lanes(self, generation: int) -> None:
        """Read the shards that are there now, parents before children."""
        consumed, source = self._consumed, self._source
        try:
            shards = source.shards(consumed.stream)
        except ServiceError as error:
            self.problem = f"PROBLEM: {error.message or error.code}"
            return
        for lane in readable(self._lanes, shards, consumed.lanes, self._new_lane):
            self._begin(lane, generation)
        if not self._begun:
            self._begun = True
            self._begin_lanes(generation)

    def _new_lane(self, shard: str, number: int) -> PolledLane:
        consumed, first = self._consumed, 0
        if not self._begun:
            first = self._source.start(consumed.stream, shard, consumed.starting, consumed.timestamp)
        return PolledLane(shard, number, first)

    def _begin(self, lane: PolledLane, generation: int) -> None:
        """Let a lane live, after the life that it may still have."""
        before = lane.task
        lives = before is not None and not before.ended and lane.generation == generation
        if not (lane.finished or lives):
            lane.generation = generation
            run = partial(self._live, lane, generation, before)
            lane.task = self._world.kernel.spawn(self.actor, run)

    def _merge_lanes(self, count: int) -> None:
        """Other records come together from now on: those behind the slowest lane come again."""
        slowest: dict[str, PolledLane] = {}
        for (shard, _), lane in self._lanes.items():
            known = slowest.setdefault(shard, lane)
            if (lane.finished, lane.position) < (known.finished, known.position):
                slowest[shard] = lane
        self._lanes = {
            (shard, number): replace(lane, number=number, window=None, state={})
            for shard, lane in slowest.items()
            for number in range(count)
        }

    def _live(self, lane: PolledLane, generation: int, before: Task | None) -> None:
        if before is not None:
            before.join()
        with self._world.recorder.caused_by(None, actor=self.actor):
            while self._goes_on(generation) and not lane.finished:
                piece = self._gather(lane, generation)
                if piece is not None:
                    self._work(lane, piece, generation)
        if lane.finished:
            self._signal.notify()

    def _gather(self, lane: PolledLane, generation: int) -> Piece | None:
        """Wait for a batch: full, or as large as the window made it. None: look again."""
        kernel, consumed = self._world.kernel, self._consumed
        self._skip_expired(lane)
        made = Gathered(consumed, lane.number, lane.position, lane.window)
        until = 0.0
        while self._goes_on(generation):
            begun = bool(made.records)
            found = self._read(lane, made)
            if made.records and not begun:
                until = kernel.now + consumed.window_seconds
            if not made.records:
                lane.position = made.position
            elif made.full or not made.room or kernel.now >= until:
                return made.piece
            if found and not made.full:
                continue
            if made.window_ends(kernel.now):
                return Piece((), window=lane.window, final=True)
            if self._is_read(lane, made):
                if made.records:
                    return made.piece
                lane.finished = True
                return None
            if not self._await(lane, made, until):
                return None
        return None

    def _read(self, lane: PolledLane, made: Gathered) -> bool:
        """Add records that are there to a batch. False: there was none."""
        consumed, names = self._consumed, self._world.names
        try:
            found = self._source.read(consumed.stream, lane.shard, made.position, made.room)
        except ServiceError as error:
            self.problem = f"PROBLEM: {error.message or error.code}"
            return False
        source, target = names.of(consumed.stream), names.of(consumed.target)
        for record in made.take(found):
            self._world.recorder.filtered(source, target, (record.sequence_number,))
        lane.window = made.window
        return bool(found)

    def _is_read(self, lane: PolledLane, made: Gathered) -> bool:
        """Was that the last record that its shard will ever have?"""
        if lane.window is not None and not made.records:
            return False
        try:
            shards = self._source.shards(self._consumed.stream)
        except ServiceError:
            return True
        return next((shard.closed for shard in shards if shard.id == lane.shard), True)

    def _await(self, lane: PolledLane, made: Gathered, until: float) -> bool:
        """Wait for more. False: begin again, as there is something new."""
        kernel, consumed = self._world.kernel, self._consumed
        ends = [until] if made.records else [lane.window.end] if lane.window is not None else []
        kernel.wait(self._signal, max(ends[0] - kernel.now, 0.0) if ends else None)
        if made.records:
            return True
        if self._has_more(lane, made):
            kernel.sleep(self._chance.uniform(0, self._source.poll_seconds(consumed.stream)))
        return not self._source.trimmed(consumed.stream, lane.shard, made.position)

    def _has_more(self, lane: PolledLane, made: Gathered) -> bool:
        try:
            return bool(self._source.read(self._consumed.stream, lane.shard, made.position, 1))
        except ServiceError:
            return False

    def _skip_expired(self, lane: PolledLane) -> None:
        """Tell of records that were never read, because their retention has ended."""
        consumed = self._consumed
        gone = self._source.trimmed(consumed.stream, lane.shard, lane.position)
        self._tell_expired(
            record for record in gone if rules.lane_of(record.group, consumed.lanes) == lane.number
        )
        lane.position += len(gone)

    def _tell_expired(self, records: Iterable[StreamRecord]) -> None:
        names = self._world.names
        stream, target = names.of(self._consumed.stream), names.of(self._consumed.target)
        why = f"the retention of {stream} ended before {target} was done with it"
        for record in records:
            if rules.wanted(self._consumed.patterns, record.shown):
                self._world.recorder.expired(stream, record.sequence_number, reason=why, target=target)

    def _work(self, lane: PolledLane, piece: Piece, generation: int) -> None:
        """Try a batch, in halves if it comes to that, until all of it is done or given up."""
        pieces = deque([piece])
        while pieces:
            halves = self._try(lane, pieces.popleft(), generation)
            if halves is None:
                return
            pieces.extendleft(reversed(halves))

    def _try(self, lane: PolledLane, piece: Piece, generation: int) -> Sequence[Piece] | None:
        """Try a batch until it is done, given up or cut in two. None: reading was stopped before."""
        kernel, limits = self._world.kernel, self._consumed.limits
        delay, last = rules.RETRY_SECONDS_MIN, None
        while True:
            piece = self._still_due(lane, piece, last)
            if not piece.records and not piece.final:
                return ()
            piece = replace(piece, tries=piece.tries + 1)
            last = self.attempt(lane, piece)
            lane.advance(piece.records[: last.done])
            then = following(piece, last, limits)
            if then.given_up and then.again is not None:
                self._give_up(lane, then.again, rules.RETRIES_EXHAUSTED, last)
            if then.closes:
                lane.window, lane.state = None, {}
            if then.again is None or then.given_up:
                return then.pieces
            piece = then.again
            if not self._goes_on(generation):
                return None
            kernel.sleep(delay)
            if not self._goes_on(generation):
                return None
            delay = min(delay * 2, rules.RETRY_SECONDS_MAX)

    def _still_due(self, lane: PolledLane, piece: Piece, last: BatchTry | None) -> Piece:
        """The records that are neither too old for the settings nor gone from the stream."""
        if not piece.records:
            return piece
        gone = self._source.trimmed(self._consumed.stream, lane.shard, piece.records[0].position)
        due = still_due(piece, gone, self._world.kernel.now, self._consumed.limits)
        self._tell_expired(due.expired)
        lane.advance(due.expired)
        if due.too_old.records:
            self._give_up(lane, due.too_old, rules.TOO_OLD, last)
        return due.rest

    def _give_up(self, lane: PolledLane, piece: Piece, condition: str, last: BatchTry | None) -> None:
        """These records aren't tried any more: they go to the failure destination, or are lost."""
        names, recorder = self._world.names, self._world.recorder
        stream, target = names.of(self._consumed.stream), names.of(self._consumed.target)
        if piece.records:
            with recorder.caused_by(last.event if last is not None else recorder.cause):
                if not self.keep(lane, piece, condition, last):
                    recorder.dropped(stream, piece.ids, reason=reason_of(condition, last), target=target)
        lane.advance(piece.records)
