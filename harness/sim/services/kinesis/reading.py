"""Streams as sources of mappings and pipes, which read shard by shard and remember how far.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.aws.rules.kinesis.limits import MIB
from harness.aws.rules.kinesis.model import StreamState
from harness.aws.rules.kinesis.shards import Shard
from harness.aws.rules.kinesis.shown import told
from harness.aws.rules.streams import StreamRecord, StreamShard
from harness.sim.activities import Signal
from harness.sim.services.kinesis.api_records import position_of
from harness.sim.services.kinesis.lookups import Lookups
from harness.sim.services.kinesis.subscribing import PUSH_SECONDS

POLL_SECONDS = 1.0
"""https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html: shards are polled once a second."""
READ_BYTES_MAX = 10 * MIB


class StreamReading:
    """What a stream tells its consumers; it is known by its ARN or that of a registered consumer."""

    _find: Lookups

    def shards(self, stream: str) -> Sequence[StreamShard]:
        """Those that are still known, the oldest first."""
        found = self._stream(stream)
        return [
            StreamShard(shard.id, tuple(parent.id for parent in shard.parents), not shard.is_open)
            for shard in found.known(self._find.now)
        ]

    def start(self, stream: str, shard: str, at: str, timestamp: float | None = None) -> int:
        """The position that TRIM_HORIZON, LATEST or AT_TIMESTAMP stands for."""
        found, held = self._shard(stream, shard)
        return position_of(found, held, self._find.now, at, "0", timestamp)

    def read(self, stream: str, shard: str, position: int, limit: int) -> Sequence[StreamRecord]:
        """Records from there on that are still kept."""
        found, held = self._shard(stream, shard)
        records = held.read(position, found.oldest(self._find.now), limit, READ_BYTES_MAX)
        return [told(record, held, found) for record in records]

    def trimmed(self, stream: str, shard: str, position: int) -> Sequence[StreamRecord]:
        """Records from there on that are no longer kept."""
        found, held = self._shard(stream, shard)
        gone = held.records[position : held.horizon(found.oldest(self._find.now))]
        return [told(record, held, found) for record in gone]

    def changed(self, stream: str) -> Signal:
        """Notified of records, of shards and of the stream's end."""
        return self._find.signal(self._stream(stream))

    def poll_seconds(self, stream: str) -> float:
        """The time within which a record is found: pushed to a registered consumer, polled by others."""
        return PUSH_SECONDS if "/consumer/" in stream else POLL_SECONDS

    def _stream(self, arn: str) -> StreamState:
        if "/consumer/" in arn:
            return self._find.check_works(self._find.consumer({"ConsumerARN": arn})[0])
        return self._find.check_works(self._find.by_arn(arn))

    def _shard(self, arn: str, shard_id: str) -> tuple[StreamState, Shard]:
        """A shard that was known once: a consumer may be behind what is kept."""
        stream = self._stream(arn)
        for shard in stream.shards:
            if shard.id == shard_id:
                return stream, shard
        return stream, self._find.shard(stream, shard_id)
