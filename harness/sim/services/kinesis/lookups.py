"""The stream, the shard or the consumer that a call is about."""

from __future__ import annotations

from harness import aws
from harness.aws.rules.kinesis.model import ACTIVE, CREATING, DELETING, Consumer, StreamState, StreamStore
from harness.aws.rules.kinesis.shards import Shard
from harness.sim.activities import Signal
from harness.sim.services.kinesis.errors import in_use, invalid, no_consumer, no_shard, no_stream
from harness.sim.services.service import Caller, Params
from harness.sim.world import World

_SERVICE = aws.service("kinesis")


class Lookups:
    """Looks things up by parameters. Raises `ServiceError`."""

    def __init__(self, world: World, store: StreamStore) -> None:
        self._world = world
        self._signals: dict[str, Signal] = {}
        self.store = store

    @property
    def now(self) -> float:
        """Epoch seconds."""
        return self._world.kernel.now

    def signal(self, stream: StreamState) -> Signal:
        """Notified whenever a record or a shard comes or a consumer goes."""
        return self._signals.setdefault(stream.arn, Signal())

    def notify(self, stream: StreamState) -> None:
        """Something has changed that readers wait for."""
        self.signal(stream).notify()

    def stream(self, params: Params, caller: Caller) -> StreamState:
        """By StreamName or StreamARN, whatever its status."""
        name, arn = params.get("StreamName"), params.get("StreamARN")
        if not (name or arn):
            raise invalid("Either StreamName or StreamARN must be provided.")
        if not arn:
            arn = _SERVICE.arn(str(name), region=caller.region, account=caller.account)
        found = self.by_arn(arn)
        if name and found.name != name:
            raise invalid(f"StreamARN {arn} and StreamName {name} are not of the same stream.")
        return found

    def by_arn(self, arn: str) -> StreamState:
        """By the ARN of a stream or of one of its consumers."""
        stream = self.store.get(_SERVICE.without_qualifier(arn), self.now)
        if stream is None:
            raise no_stream(arn.partition("/")[2].partition("/")[0] or arn, self._world.account)
        return stream

    def working(self, params: Params, caller: Caller) -> StreamState:
        """One whose records can be written and read."""
        return self.check_works(self.stream(params, caller))

    def check_works(self, stream: StreamState) -> StreamState:
        """Raise ResourceNotFoundException for a stream that is no more, or not yet."""
        if stream.status(self.now) in (CREATING, DELETING):
            raise no_stream(stream.name, stream.account)
        return stream

    def changeable(self, params: Params, caller: Caller) -> StreamState:
        """One that is ACTIVE, as most changes ask for."""
        stream = self.stream(params, caller)
        status = stream.status(self.now)
        if status != ACTIVE:
            raise in_use(
                f"Stream {stream.name} under account {stream.account} not ACTIVE, instead in state {status}"
            )
        return stream

    def shard(self, stream: StreamState, shard_id: str) -> Shard:
        """One of its shards that is still known."""
        found = stream.shard(shard_id, self.now)
        if found is None:
            raise no_shard(shard_id, stream)
        return found

    def consumer(self, params: Params) -> tuple[StreamState, Consumer]:
        """By ConsumerARN, or by StreamARN and ConsumerName."""
        arn, stream_arn, name = (params.get(n) for n in ("ConsumerARN", "StreamARN", "ConsumerName"))
        if not arn and not (stream_arn and name):
            raise invalid("Either ConsumerARN, or both StreamARN and ConsumerName must be provided.")
        stream = self.by_arn(arn or str(stream_arn))
        for consumer in stream.consumers.values():
            if consumer.arn == arn or (not arn and consumer.name == name):
                return stream, consumer
        raise no_consumer(str(name or arn), stream.arn)
