"""The work of a mapping from a stream: it runs batches in order, and tells of those that it gives up.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness import aws
from harness.aws.parcels import REQUEST_RESPONSE, FunctionParcel, ObjectParcel, Parcel, Text
from harness.aws.rules import stream_batches as rules
from harness.aws.rules.stream_pieces import (
    BatchTry,
    Consumed,
    Piece,
    PieceAnswer,
    failure_of,
    payload_of,
    tried,
)
from harness.aws.rules.streams import StreamRecord
from harness.sim.hops import HopResult
from harness.sim.services.lambda_.delivery.events import THROTTLED
from harness.sim.services.lambda_.model.mapping import EventSourceMapping, StreamSettings
from harness.sim.services.service import Delivery
from harness.sim.services.stream_lanes import PolledLane
from harness.sim.services.stream_polling import StreamPolling

if TYPE_CHECKING:
    from harness.sim.world import World


class StreamPoller(StreamPolling):
    """One mapping at work. `role` gives the ARN of the function's role."""

    def __init__(self, world: World, mapping: EventSourceMapping, role: Callable[[], str]) -> None:
        self._mapping = mapping
        self._role = role
        super().__init__(world, _consumed(mapping), f"mapping:{world.names.of(mapping.target.arn)}")

    def start(self, mapping: EventSourceMapping) -> None:
        """From now on it reads, with these settings."""
        self._mapping = mapping
        self.poll(_consumed(mapping))

    def attempt(self, lane: PolledLane, piece: Piece) -> BatchTry:
        """The function gets the batch."""
        request_id = self._world.kernel.new_id(f"requests of {self.actor} {lane.shard} {lane.number}")
        parcel = FunctionParcel(
            payload=self._payload(lane, piece),
            invocation=REQUEST_RESPONSE,
            request_id=request_id,
            reads_failures=self._mapping.reports_failures,
            in_order=True,
        )
        target = self._mapping.target.qualified_arn
        delivery = Delivery(self._mapping.source, target, piece.ids, parcel, piece.tries)
        return self._ended(lane, piece, request_id, self._world.hops.run(delivery))

    def keep(self, lane: PolledLane, piece: Piece, condition: str, last: BatchTry | None) -> bool:
        """Tell the failure destination of a batch."""
        target = _stream_of(self._mapping).on_failure
        if not target:
            return False
        parcel = self._failure(target, lane, piece, condition, last)
        return self.lay_aside(piece, target, parcel, condition, last)

    def _payload(self, lane: PolledLane, piece: Piece) -> dict[str, Any]:
        records = [self._shown(record) for record in piece.records]
        return payload_of(piece, records, self._mapping.source, lane.shard, lane.state)

    def _shown(self, record: StreamRecord) -> dict[str, Any]:
        if "invokeIdentityArn" not in record.shown:
            return dict(record.shown)
        return {**record.shown, "invokeIdentityArn": self._role()}

    def _ended(self, lane: PolledLane, piece: Piece, request_id: str, result: HopResult) -> BatchTry:
        if not result.ok:
            if result.error == "ResourceNotFoundException":
                self.problem = f"PROBLEM: {result.message or result.error}"
            why = "throttled" if result.error == THROTTLED else result.error
            return BatchTry(False, why=why, request_id=request_id)
        value = result.value
        failed = value["failed"] if self._mapping.reports_failures else frozenset()
        ended = PieceAnswer(value["payload"], value["error"], failed, value["version"], value["ended"])
        last = tried(piece, request_id, ended)
        if piece.window is not None and not last.why:
            lane.state = rules.state_of(value["payload"])
        self.last_result = f"PROBLEM: {last.why}" if last.why else "OK"
        return last

    def _failure(
        self, target: str, lane: PolledLane, piece: Piece, condition: str, last: BatchTry | None
    ) -> Parcel:
        """The record for the failure destination; a bucket gets the batch itself, too."""
        kernel, mapping = self._world.kernel, self._mapping
        told = failure_of(
            piece,
            condition,
            last,
            function=mapping.target.qualified_arn,
            request_id="" if last is not None else kernel.new_id(f"requests of {self.actor}"),
            stream=mapping.source,
            shard=lane.shard,
            now=kernel.now,
        )
        parcel = aws.parcel(target, Text(text=json.dumps(told)))
        if parcel is not None:
            return parcel
        key = rules.object_key(
            mapping.uuid, lane.shard, kernel.now, kernel.new_id(f"objects of {self.actor}")
        )
        payload = json.dumps(self._payload(lane, piece))
        return ObjectParcel(key=key, body=json.dumps({**told, "payload": payload}))


def _stream_of(mapping: EventSourceMapping) -> StreamSettings:
    assert mapping.stream is not None, "a mapping from a stream has settings for it"
    return mapping.stream


def _consumed(mapping: EventSourceMapping) -> Consumed:
    stream = _stream_of(mapping)
    return Consumed(
        mapping.source,
        mapping.target.arn,
        mapping.batch_size,
        stream.starting,
        stream.timestamp,
        mapping.window_seconds,
        stream.lanes,
        stream.tumbling_seconds,
        mapping.patterns,
        stream.limits,
    )
