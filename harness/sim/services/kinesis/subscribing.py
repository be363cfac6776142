"""SubscribeToShard: records come to a registered consumer as they arrive, for five minutes.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.aws.rules.kinesis.limits import MIB
from harness.aws.rules.kinesis.model import ACTIVE, Consumer, StreamState
from harness.aws.rules.kinesis.shards import Shard
from harness.aws.rules.kinesis.shown import children_shown, record_shown
from harness.sim.services.kinesis.api_records import behind, check_number, position_of
from harness.sim.services.kinesis.errors import in_use, invalid
from harness.sim.services.kinesis.lookups import Lookups
from harness.sim.services.moments import seconds_of
from harness.sim.services.service import Params
from harness.sim.world import World

SUBSCRIPTION_SECONDS = 300.0
RESUBSCRIBING_SECONDS_MIN = 5.0
"""A call within so many seconds of the last successful one is refused."""
PUSHED_RECORDS_MAX, PUSHED_BYTES_MAX = 10_000, 2 * MIB
PUSH_SECONDS = 0.07
"""https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html: typically 70 ms."""
HEARTBEAT_SECONDS = 5.0
"""An event without records comes while there are none; AWS names no figure."""


class Subscribing:
    """Subscriptions of consumers to shards."""

    def __init__(self, world: World, find: Lookups) -> None:
        self._world = world
        self._find = find

    def subscribe(
        self, stream: StreamState, consumer: Consumer, shard: Shard, start: Params
    ) -> Iterator[Params]:
        """The events of a new subscription, which ends the one before. Each waits for the next records."""
        now = self._find.now
        if consumer.status(now) != ACTIVE:
            raise in_use(f"Consumer {consumer.arn} is not ACTIVE, instead in state {consumer.status(now)}")
        count, since = consumer.subscribed.get(shard.id, (0, 0.0))
        if count and now < since + RESUBSCRIBING_SECONDS_MIN:
            raise in_use(
                f"Another active subscription exists for this consumer: {stream.account}:{stream.name}:"
                f"{consumer.name}"
            )
        position = _start(stream, shard, now, start)
        consumer.subscribed[shard.id] = count + 1, now
        return self._events(stream, consumer, shard, position, count + 1)

    def _events(
        self, stream: StreamState, consumer: Consumer, shard: Shard, position: int, count: int
    ) -> Iterator[Params]:
        kernel, until = self._world.kernel, self._find.now + SUBSCRIPTION_SECONDS
        while self._is_current(stream, consumer, shard, count) and kernel.now < until:
            records = shard.read(position, stream.oldest(kernel.now), PUSHED_RECORDS_MAX, PUSHED_BYTES_MAX)
            at_end = not shard.is_open and position + len(records) >= len(shard.records)
            if not (records or at_end):
                rest = min(HEARTBEAT_SECONDS, until - kernel.now)
                if kernel.wait(self._find.signal(stream), rest):
                    kernel.sleep(PUSH_SECONDS)
                    continue
            position = records[-1].position + 1 if records else position
            yield {"SubscribeToShardEvent": self._event(stream, shard, records, position, at_end)}
            if at_end:
                return

    def _event(
        self, stream: StreamState, shard: Shard, records: list[Any], position: int, at_end: bool
    ) -> Params:
        now = self._find.now
        last = shard.records[position - 1].number if position else shard.first_number
        if records:
            counts = {str(record.number): 1 for record in records}
            at = round(self._world.kernel.elapsed, 6)
            self._world.recorder.received(self._world.names.of(stream.arn), counts, visible_at=at)
        return {
            "Records": [record_shown(record, stream) for record in records],
            "ContinuationSequenceNumber": str(shard.last_number if at_end else last),
            "MillisBehindLatest": behind(shard, position, now),
            **({"ChildShards": children_shown(stream, shard)} if at_end else {}),
        }

    def _is_current(self, stream: StreamState, consumer: Consumer, shard: Shard, count: int) -> bool:
        """Does the consumer still exist, without a newer subscription to the shard?"""
        known = stream.consumers.get(consumer.name) is consumer
        return known and consumer.subscribed[shard.id][0] == count


def _start(stream: StreamState, shard: Shard, now: float, given: Params) -> int:
    kind, number, at = given["Type"], given.get("SequenceNumber"), given.get("Timestamp")
    if kind.endswith("_SEQUENCE_NUMBER"):
        if number is None:
            raise invalid(f"Must specify a SequenceNumber for a StartingPosition of the type {kind}.")
        check_number(stream, shard, number)
    return position_of(stream, shard, now, kind, number or "0", None if at is None else seconds_of(at))
