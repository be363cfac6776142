"""DynamoDB, as far as it moves something: the streams of its tables, and the expiry of items.

moto holds the tables. `model` are the streams, `tables` looks into moto's tables, `expiry` deletes there;
`destinations` are streams of Kinesis.
The operations on streams are those of the service `dynamodbstreams`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from harness import aws
from harness.aws import Does
from harness.aws.rules.streams import StreamRecord, StreamShard
from harness.aws.rules.table_streams import TTL_IDENTITY, TableShard, TableStream, body_of
from harness.aws.rules.table_writes import Tap, is_streaming, renew_label, stream_of
from harness.sim.activities import Signal
from harness.sim.services.dynamodb.destinations import KinesisDestinations
from harness.sim.services.dynamodb.expiry import Expiry
from harness.sim.services.dynamodb.insights import ContributorInsights
from harness.sim.services.dynamodb.tables import is_heard, listen
from harness.sim.services.service import (
    Caller,
    Delivered,
    Delivery,
    DeliveryFailed,
    Operation,
    Params,
    ServiceError,
)
from harness.sim.services.validation import CheckedOperations, check
from harness.sim.world import World

POLL_SECONDS = 0.25
"""https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html: four times a second."""


class DynamoDB:
    """The simulator's DynamoDB, beside what moto holds."""

    facts: ClassVar = aws.service("dynamodb")

    def __init__(self, world: World) -> None:
        self._world = world
        self.streams: dict[str, TableStream] = {}
        self._current: dict[str, TableStream] = {}
        self._signals: dict[str, Signal] = {}
        self._held: dict[str, Any] = {}
        self._expiry = Expiry(world.kernel, self._table, self._expired)
        self._destinations = KinesisDestinations(world, self._named)
        insights = ContributorInsights(self._named, lambda: world.kernel.now)
        api = self._destinations.operations() | insights.operations()
        self._operations: Mapping[str, Operation] = CheckedOperations(self._checked, api)

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Those on destinations and on insights; all others are moto's."""
        return self._operations

    def deliver(self, delivery: Delivery) -> Delivered:
        """No service delivers to a table's stream."""
        raise DeliveryFailed("ValidationException", f"{delivery.target} takes nothing", retryable=False)

    def watch(self, operation: str, params: Params, caller: Caller) -> Callable[[], None] | None:
        """A call is about to be carried out; afterwards its changes go into the streams."""
        does = self.facts.operation(operation).does_with(params)
        if does is Does.READS or (does is Does.WRITES and not self._is_heard(caller.region)):
            return None
        if operation == "UpdateTable":
            self._before_update(params, caller)
        return partial(self._after, caller.region, params.get("RequestItems"))

    def stream(self, arn: str) -> TableStream:
        """A stream that can be read. Raises `ServiceError`."""
        found = self.streams.get(arn)
        if found is None or found.is_gone(self._world.kernel.now):
            message = f"Requested resource not found: Stream: {arn} not found"
            raise ServiceError("ResourceNotFoundException", message)
        return found

    def shard(self, stream: str, id_: str) -> TableShard:
        """A shard of a stream. Raises `ServiceError`."""
        found = self.stream(stream).shard(id_)
        if found is None:
            message = f"Requested resource not found: Shard: {id_} in Stream: {stream} not found"
            raise ServiceError("ResourceNotFoundException", message)
        return found

    def shards(self, stream: str) -> Sequence[StreamShard]:
        """See `Streams`."""
        return [shard.shown() for shard in self.stream(stream).seen(self._world.kernel.now)]

    def start(self, stream: str, shard: str, at: str, timestamp: float | None = None) -> int:
        """See `Streams`."""
        return self.shard(stream, shard).log.start(at, self._world.kernel.now, timestamp)

    def read(self, stream: str, shard: str, position: int, limit: int) -> Sequence[StreamRecord]:
        """See `Streams`."""
        return self.shard(stream, shard).log.read(position, limit, self._world.kernel.now)

    def trimmed(self, stream: str, shard: str, position: int) -> Sequence[StreamRecord]:
        """See `Streams`."""
        found = self.streams[stream].shard(shard)
        return found.log.trimmed(position, self._world.kernel.now) if found is not None else ()

    def changed(self, stream: str) -> Signal:
        """See `Streams`."""
        return self._signals[self.stream(stream).arn]

    def poll_seconds(self, stream: str) -> float:
        """See `Streams`."""
        return POLL_SECONDS

    def _checked(self, name: str, operation: Operation, params: Params, caller: Caller) -> Params:
        check("dynamodb", name, params)
        return operation(params, caller)

    def _before_update(self, params: Params, caller: Caller) -> None:
        table = self._tables(caller.region).get(str(params.get("TableName")))
        renew_label(table, params.get("StreamSpecification") or {})

    def _is_heard(self, region: str) -> bool:
        """Does anything come of writes in a region?"""
        return any(map(is_heard, self._tables(region).values()))

    def _after(self, region: str, batch: Mapping[str, Any] | None) -> None:
        """A call has succeeded that may have changed tables. `batch`: the requests of one, by table."""
        tables = self._tables(region)
        for table in tables.values():
            self._follow(table)
            if self._destinations.wants(table.table_arn):
                listen(table)
            if batch and isinstance(table.stream_shard, Tap):
                table.stream_shard.sort(batch.get(table.name) or (), table.table_key_attrs)
            self._tell(table)
            self._expiry.look(table)
        for arn, stream in list(self._current.items()):
            if arn.split(":")[3] == region and stream.table not in tables:
                self._current.pop(arn).close(self._world.kernel.now)

    def _follow(self, table: Any) -> None:
        """Begin or close the stream of a table, as it has one or not."""
        current = self._current.get(table.table_arn)
        if not is_streaming(table):
            if current is not None:
                self._current.pop(table.table_arn).close(self._world.kernel.now)
        elif current is None or current.label != table.latest_stream_label:
            if current is not None:
                current.close(self._world.kernel.now)
            self._begin(table)

    def _begin(self, table: Any) -> None:
        kernel, signal = self._world.kernel, Signal()
        stream = stream_of(table, kernel.now, kernel.new_id, signal.notify)
        self._signals[stream.arn] = signal
        self.streams[stream.arn] = self._current[table.table_arn] = stream

    def _tell(self, table: Any, identity: Mapping[str, str] | None = None) -> None:
        """Put what was written into the stream."""
        tap, stream = table.stream_shard, self._current.get(table.table_arn)
        if not isinstance(tap, Tap) or not tap.pending:
            return
        changes = tap.take()
        if self._destinations.wants(table.table_arn):
            self._destinations.send(table, changes, identity)
        if stream is None:
            return
        region, kernel = table.region_name, self._world.kernel
        name = self._world.names.of(stream.arn)
        for change in changes:
            record = stream.add(change, region, kernel.now, identity)
            self._world.recorder.accepted(
                name, record.sequence_number, body=body_of(record), group=record.group
            )
        stream.changed()

    def _expired(self, table: Any) -> None:
        with self._world.recorder.caused_by(None, actor="dynamodb"):
            self._tell(table, TTL_IDENTITY)

    def _tables(self, region: str) -> Mapping[str, Any]:
        backend = self._held.get(region)
        if backend is None:
            backend = self._held[region] = self._world.held.backend("dynamodb", region)
        tables: Mapping[str, Any] = backend.tables
        return tables

    def _named(self, region: str, name: str) -> Any:
        return self._tables(region)[name]

    def _table(self, arn: str) -> Any:
        region, name = arn.split(":")[3], arn.rpartition("/")[2]
        return self._tables(region).get(name)


MOVER = DynamoDB
