"""The work of a pipe that reads a stream: batches in order, shard by shard.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from harness import aws
from harness.aws.parcels import EVENT, REQUEST_RESPONSE, FunctionParcel, Text
from harness.aws.rules import stream_batches as rules
from harness.aws.rules.destinations import timestamp
from harness.aws.rules.stream_pieces import BatchTry, Consumed, Piece
from harness.aws.rules.streams import LATEST
from harness.sim.hops import HopResult
from harness.sim.services.pipes.model import PipeState, batch_size_max
from harness.sim.services.pipes.sending import PipeInputs
from harness.sim.services.retrying import Addressed
from harness.sim.services.service import Delivery
from harness.sim.services.stream_lanes import PolledLane
from harness.sim.services.stream_polling import StreamPolling
from harness.sim.world import World


class StreamPipeRun(StreamPolling):
    """One pipe at work."""

    def __init__(self, world: World, pipe: PipeState) -> None:
        self._pipe = pipe
        service = pipe.source.split(":")[2]
        self._inputs = PipeInputs(world, pipe, f"aws:{service}")
        super().__init__(world, _consumed(pipe), f"pipe:{world.names.of(pipe.arn)}")

    def start(self) -> None:
        """From now on it reads, with the pipe's present settings."""
        self.poll(_consumed(self._pipe))

    def attempt(self, lane: PolledLane, piece: Piece) -> BatchTry:
        """The batch goes through the enrichment to the target."""
        items: Any = [rules.flat(record.shown) for record in piece.records]
        if self._pipe.enrichment:
            result = self._hop(piece.ids, self._inputs.enrichment(items), piece.tries)
            if not result.ok or (answer := self._inputs.answer(result))["error"] is not None:
                return _failed(result)
            items = answer["payload"]
            if items in (None, "", [], {}):
                names = self._world.names
                source, target = names.of(self._pipe.source), names.of(self._pipe.target)
                self._world.recorder.filtered(source, target, piece.ids, cause=answer["ended"])
                return BatchTry(True, len(piece.records))
            if isinstance(items, list) and len(items) > batch_size_max(self._pipe.target):
                return BatchTry(True, why="the enrichment answered with more items than the target takes")
        if aws.role_of(self._pipe.target) is aws.Role.RUNS:
            return self._invoke(piece, self._inputs.of_function("Target", items))
        return self._send(piece, items if isinstance(items, list) else [items])

    def keep(self, lane: PolledLane, piece: Piece, condition: str, last: BatchTry | None) -> bool:
        """Tell the dead-letter queue or topic of a batch."""
        target = str((self._pipe.of_stream("DeadLetterConfig") or {}).get("Arn") or "")
        if not target:
            return False
        info = rules.batch_info(
            piece.arrived(self._pipe.source, lane.shard), piece.records[0].shown["eventSource"]
        )
        context = {"partnerResourceArn": self._pipe.arn, "condition": condition}
        told = {"context": context, "version": "1.0", "timestamp": timestamp(self._world.kernel.now), **info}
        parcel = aws.parcel(target, Text(text=json.dumps(told)))
        return parcel is not None and self.lay_aside(piece, target, parcel, condition, last)

    def _invoke(self, piece: Piece, payload: Any) -> BatchTry:
        waits = self._pipe.runs_target
        parcel = FunctionParcel(
            payload=payload,
            invocation=REQUEST_RESPONSE if waits else EVENT,
            reads_failures=True if waits else None,
            in_order=True,
        )
        result = self._hop(piece.ids, Addressed(self._pipe.target, parcel), piece.tries)
        if not result.ok or (waits and result.value["error"] is not None):
            return _failed(result)
        failed = len(result.value["failed"]) if waits else 0
        ended = result.value["ended"] if waits else None
        why = "reported as failed" if failed else ""
        return BatchTry(True, len(piece.records) - failed, why, event=ended)

    def _send(self, piece: Piece, items: Sequence[Any]) -> BatchTry:
        """One after another, as far as the target takes them."""
        one_by_one = len(items) == len(piece.records)
        for number, item in enumerate(items):
            ids = piece.ids[number : number + 1] if one_by_one else piece.ids
            result = self._hop(ids, self._inputs.addressed(item), piece.tries)
            if not result.ok:
                return _failed(result, number if one_by_one else 0)
        return BatchTry(True, len(piece.records))

    def _hop(self, ids: Sequence[str], to: Addressed, attempt: int) -> HopResult:
        kernel = self._world.kernel
        if to.not_before > kernel.now:
            kernel.sleep(to.not_before - kernel.now)
        return self._world.hops.run(Delivery(self._pipe.source, to.place, tuple(ids), to.parcel, attempt))


def _failed(result: HopResult, done: int = 0) -> BatchTry:
    """A try that failed. One that could help to repeat is the service's own matter: it is no retry."""
    if result.ok:
        error = result.value["error"]
        return BatchTry(True, 0, str(error.get("errorType") or "Unhandled"), event=result.value["ended"])
    why = f"{result.error}: {result.message}" if result.message else result.error
    return BatchTry(done > 0 or not result.retryable, done, why)


def _consumed(pipe: PipeState) -> Consumed:
    given = pipe.of_stream
    at = given("StartingPositionTimestamp")
    return Consumed(
        pipe.source,
        pipe.target,
        pipe.batch_size,
        str(given("StartingPosition") or LATEST),
        None if at is None else float(at.timestamp() if hasattr(at, "timestamp") else at),
        pipe.window_seconds,
        int(given("ParallelizationFactor") or 1),
        patterns=pipe.patterns,
        limits=rules.BatchLimits(
            int(_or_no_limit(given("MaximumRetryAttempts"))),
            int(_or_no_limit(given("MaximumRecordAgeInSeconds"))),
            given("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
        ),
    )


def _or_no_limit(value: Any) -> Any:
    return rules.FOR_EVER if value is None else value
