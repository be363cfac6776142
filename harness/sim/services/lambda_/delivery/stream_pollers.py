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
from harness.sim.hops import HopResult
from harness.sim.services.lambda_.delivery.events import THROTTLED
from harness.sim.services.lambda_.model.mapping import EventSourceMapping, StreamSettings
from harness.sim.services.service import Delivery
from harness.sim.services.shards import StreamRecord
from harness.sim.services.stream_lanes import BatchTry, Consumed, Lane, Piece
from harness.sim.services.stream_polling import StreamPolling

if TYPE_CHECKING:
    from harness.sim.world import World

_NOT_READ = "the answer has no state"
_REPORTED = "reported as failed"


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

    def attempt(self, lane: Lane, piece: Piece) -> BatchTry:
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

    def keep(self, lane: Lane, piece: Piece, condition: str, last: BatchTry | None) -> bool:
        """Tell the failure destination of a batch."""
        target = _stream_of(self._mapping).on_failure
        if not target:
            return False
        parcel = self._failure(target, lane, piece, condition, last)
        return self.lay_aside(piece, target, parcel, condition, last)

    def _payload(self, lane: Lane, piece: Piece) -> dict[str, Any]:
        payload: dict[str, Any] = {"Records": [self._shown(record) for record in piece.records]}
        if piece.window is None:
            return payload
        return payload | {
            "window": piece.window.shown(),
            "state": lane.state,
            "shardId": lane.shard,
            "eventSourceARN": self._mapping.source,
            "isFinalInvokeForWindow": piece.final,
            "isWindowTerminatedEarly": False,
        }

    def _shown(self, record: StreamRecord) -> dict[str, Any]:
        if "invokeIdentityArn" not in record.shown:
            return dict(record.shown)
        return {**record.shown, "invokeIdentityArn": self._role()}

    def _ended(self, lane: Lane, piece: Piece, request_id: str, result: HopResult) -> BatchTry:
        if not result.ok:
            if result.error == "ResourceNotFoundException":
                self.problem = f"PROBLEM: {result.message or result.error}"
            why = "throttled" if result.error == THROTTLED else result.error
            return BatchTry(False, why=why, request_id=request_id)
        value, count = result.value, len(piece.records)
        done, why = count, ""
        if value["error"] is not None:
            done, why = 0, str(value["error"].get("errorType") or "Unhandled")
        elif self._mapping.reports_failures and value["failed"]:
            done, why = count - len(value["failed"]), _REPORTED
        state = rules.state_of(value["payload"])
        if piece.window is not None and not why:
            if state is None and not piece.final:
                done, why = 0, _NOT_READ
            else:
                lane.state = state
        response = {
            "statusCode": 200,
            "executedVersion": value["version"],
            "functionError": "Unhandled" if value["error"] is not None else None,
        }
        self.last_result = f"PROBLEM: {why}" if why else "OK"
        return BatchTry(True, done, why, request_id, response, value["ended"])

    def _failure(
        self, target: str, lane: Lane, piece: Piece, condition: str, last: BatchTry | None
    ) -> Parcel:
        """The record for the failure destination; a bucket gets the batch itself, too."""
        kernel, mapping = self._world.kernel, self._mapping
        function = mapping.target
        context = {
            "requestId": last.request_id if last is not None else kernel.new_id(f"requests of {self.actor}"),
            "functionArn": function.qualified_arn,
            "condition": condition,
            "approximateInvokeCount": max(piece.invoked, 1),
        }
        info = rules.batch_info(
            piece.arrived(mapping.source, lane.shard), piece.records[0].shown["eventSource"]
        )
        response = last.response if last is not None and condition == rules.RETRIES_EXHAUSTED else None
        told = rules.failure_record(context, response, info, kernel.now)
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
