"""The reading of a stream: its settings, the batches that are tried, and what follows from an attempt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .batches import PAYLOAD_BYTES_MAX
from .filter_criteria import Filter
from .stream_batches import (
    RETRIES_EXHAUSTED,
    Arrived,
    BatchLimits,
    TumblingWindow,
    batch_info,
    failure_record,
    lane_of,
    size_of,
    state_of,
    wanted,
)
from .streams import StreamRecord

NOT_READ = "the answer has no state"
REPORTED = "reported as failed"


@dataclass(frozen=True, slots=True)
class Consumed:
    """The ARNs of a stream and of where its batches go, and how batches are made.

    `lanes`: so many batches of a shard run at once, each with its own keys. `starting`: where reading begins.
    """

    stream: str
    target: str
    batch_size: int
    starting: str
    timestamp: float | None = None
    window_seconds: int = 0
    lanes: int = 1
    tumbling_seconds: int = 0
    patterns: tuple[Filter, ...] = ()
    limits: BatchLimits = field(default_factory=BatchLimits)


@dataclass(frozen=True, slots=True)
class Piece:
    """Records that are tried together. `tries` counts all attempts, `invoked` those that reached the target,
    `failures` those that count as retries.

    `window`: the one that they are in; `final`: it ends with this attempt.
    """

    records: tuple[StreamRecord, ...]
    failures: int = 0
    tries: int = 0
    invoked: int = 0
    window: TumblingWindow | None = None
    final: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """The messages."""
        return tuple(record.sequence_number for record in self.records)

    def halves(self) -> tuple[Piece, Piece]:
        """The piece cut in two."""
        middle = len(self.records) // 2
        return replace(self, records=self.records[:middle]), replace(self, records=self.records[middle:])

    def arrived(self, stream: str, shard: str) -> Arrived:
        """Its place in the stream."""
        first, last = self.records[0], self.records[-1]
        return Arrived(
            shard,
            stream,
            len(self.records),
            first.sequence_number,
            last.sequence_number,
            first.at,
            last.at,
        )


@dataclass(slots=True)
class Gathered:
    """A batch in the making, for one lane. `position`: of the next record; `full`: it takes no more.

    `window`: the tumbling window of the lane, which the first record opens.
    """

    consumed: Consumed
    lane: int
    position: int
    window: TumblingWindow | None = None
    records: list[StreamRecord] = field(default_factory=list)
    size: int = 0
    full: bool = False

    @property
    def room(self) -> int:
        """So many records more it takes at most."""
        return self.consumed.batch_size - len(self.records)

    @property
    def piece(self) -> Piece:
        """What is there by now."""
        return Piece(tuple(self.records), window=self.window)

    def take(self, found: Sequence[StreamRecord]) -> list[StreamRecord]:
        """Add records of a shard, as far as they fit. Gives those that the filters don't want."""
        left_out = []
        for record in found:
            if lane_of(record.group, self.consumed.lanes) == self.lane:
                if not wanted(self.consumed.patterns, record.shown):
                    left_out.append(record)
                elif not self._takes(record):
                    break
            self.position = record.position + 1
        return left_out

    def _takes(self, record: StreamRecord) -> bool:
        seconds = self.consumed.tumbling_seconds
        window = TumblingWindow.around(record.at, seconds) if seconds else None
        size = size_of(record.shown)
        self.full = (self.window is not None and window != self.window) or bool(
            self.records and self.size + size > PAYLOAD_BYTES_MAX
        )
        if self.full:
            return False
        self.window = window
        self.records.append(record)
        self.size += size
        return True

    def window_ends(self, now: float) -> bool:
        """Is everything done that arrived in the tumbling window?"""
        return self.window is not None and not self.records and (self.full or now >= self.window.end)


@dataclass(frozen=True, slots=True)
class StillDue:
    """A piece before its next attempt: records that have `expired` in the stream, those `too_old` for the
    settings, and the `rest`."""

    expired: tuple[StreamRecord, ...]
    too_old: Piece
    rest: Piece


def still_due(piece: Piece, gone: Iterable[StreamRecord], now: float, limits: BatchLimits) -> StillDue:
    """Divide a piece. `gone`: records that the stream doesn't have any more; `now`: epoch seconds."""
    positions = {record.position for record in gone}
    expired = tuple(record for record in piece.records if record.position in positions)
    records = piece.records[len(expired) :]
    count = limits.too_old([now - record.at for record in records])
    old, rest = replace(piece, records=records[:count]), replace(piece, records=records[count:])
    return StillDue(expired, old, rest)


@dataclass(frozen=True, slots=True)
class BatchTry:
    """The end of one attempt. `reached`: the target was; `done`: so many records, from the first on.

    `why` says what failed, `response` is what the failure record tells of it, `event` the end in the history.
    """

    reached: bool
    done: int = 0
    why: str = ""
    request_id: str = ""
    response: dict[str, object] | None = None
    event: Any = None


@dataclass(frozen=True, slots=True)
class Following:
    """What follows from an attempt that reached its target: `pieces` are tried next, or `again` is, later.

    With `given_up` set, `again` is what isn't tried any more. `closes`: the window of the piece is over.
    """

    pieces: tuple[Piece, ...] = ()
    again: Piece | None = None
    given_up: bool = False
    closes: bool = False


def following(piece: Piece, last: BatchTry, limits: BatchLimits) -> Following:
    """What follows from an attempt.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    count = len(piece.records)
    if not last.reached:
        return Following(again=piece)
    if last.done >= count and not (piece.final and last.why):
        return Following(closes=piece.final)
    if last.done:  # what is left is a batch of its own
        return Following((Piece(piece.records[last.done :], window=piece.window, final=piece.final),))
    piece = replace(piece, invoked=piece.invoked + 1)
    if limits.bisects and count > 1:
        return Following(piece.halves())
    piece = replace(piece, failures=piece.failures + 1)
    given_up = limits.exhausted(piece.failures)
    return Following(again=piece, given_up=given_up, closes=given_up and piece.final)


def reason_of(condition: str, last: BatchTry | None) -> str:
    """The condition under which a batch was given up, and what failed."""
    return f"{condition}: {last.why}" if last is not None and last.why else condition


def payload_of(
    piece: Piece, records: Sequence[Mapping[str, Any]], stream: str, shard: str, state: object
) -> dict[str, Any]:
    """The event for a function. `records` are those of the piece as it sees them.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
    """
    payload: dict[str, Any] = {"Records": list(records)}
    if piece.window is None:
        return payload
    return payload | {
        "window": piece.window.shown(),
        "state": state,
        "shardId": shard,
        "eventSourceARN": stream,
        "isFinalInvokeForWindow": piece.final,
        "isWindowTerminatedEarly": False,
    }


@dataclass(frozen=True, slots=True)
class PieceAnswer:
    """A function's answer to a piece. `failed`: the records that it isn't done with."""

    payload: Any
    error: Mapping[str, Any] | None
    failed: frozenset[str]
    version: str
    event: Any = None


def tried(piece: Piece, request_id: str, answered: PieceAnswer) -> BatchTry:
    """The end of an attempt that reached a function."""
    done, why = len(piece.records), ""
    if answered.error is not None:
        done, why = 0, str(answered.error.get("errorType") or "Unhandled")
    elif answered.failed:
        done, why = done - len(answered.failed), REPORTED
    if piece.window is not None and not (why or piece.final) and state_of(answered.payload) is None:
        done, why = 0, NOT_READ
    response = {
        "statusCode": 200,
        "executedVersion": answered.version,
        "functionError": "Unhandled" if answered.error is not None else None,
    }
    return BatchTry(True, done, why, request_id, response, answered.event)


def failure_of(
    piece: Piece,
    condition: str,
    last: BatchTry | None,
    *,
    function: str,
    request_id: str,
    stream: str,
    shard: str,
    now: float,
) -> dict[str, Any]:
    """The record about a piece that is given up. `request_id`: one for what was never tried."""
    context = {
        "requestId": last.request_id if last is not None else request_id,
        "functionArn": function,
        "condition": condition,
        "approximateInvokeCount": max(piece.invoked, 1),
    }
    info = batch_info(piece.arrived(stream, shard), piece.records[0].shown["eventSource"])
    response = last.response if last is not None and condition == RETRIES_EXHAUSTED else None
    return failure_record(context, response, info, now)
