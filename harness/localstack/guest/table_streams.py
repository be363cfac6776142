"""The streams of DynamoDB's tables inside LocalStack, made of what moto writes there.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from ...aws import Does, dynamodb
from ...aws.rules.streams import StreamRecord, StreamShard
from ...aws.rules.table_streams import TableShard, TableStream, body_of
from ...aws.rules.table_writes import Tap, is_streaming, renew_label, stream_of
from . import accounts, clock, context, doors
from .functions import account_of, parts_of

POLL_SECONDS = 0.25
"""https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html: four times a second."""

_streams: dict[str, TableStream] = {}
_current: dict[str, TableStream] = {}
"""By the ARN of the table."""
lock = threading.RLock()
"""Held by whoever looks at a stream, or changes one."""


def before(operation: str, account: str, region: str, request: Mapping[str, Any]) -> None:
    """A call is about to be carried out."""
    if operation == "UpdateTable" and accounts.get(account) is not None:
        table = _tables(account, region).get(str(request.get("TableName")))
        renew_label(table, request.get("StreamSpecification") or {})


def after(operation: str, account: str, region: str, request: Mapping[str, Any]) -> None:
    """A call has succeeded; its changes go into the streams. Nothing else may write meanwhile."""
    if accounts.get(account) is None:
        return
    does = dynamodb.SERVICE.operation(operation).does_with(request)
    tables, now = _tables(account, region), clock.now(account)
    heard = any(isinstance(table.stream_shard, Tap) for table in list(tables.values()))
    if does is Does.READS or (does is Does.WRITES and not heard):
        return
    batch = request.get("RequestItems") or {}
    with lock:
        for table in list(tables.values()):
            _follow(table, now)
            if isinstance(table.stream_shard, Tap):
                if batch:
                    table.stream_shard.sort(batch.get(table.name) or (), table.table_key_attrs)
                _tell(table, account, now)
        for arn, stream in list(_current.items()):
            if arn.split(":")[3:5] == [region, account] and stream.table not in tables:
                _current.pop(arn).close(now)


def _follow(table: Any, now: float) -> None:
    """Begin or close the stream of a table, as it has one or not."""
    current = _current.get(table.table_arn)
    if not is_streaming(table):
        if current is not None:
            _current.pop(table.table_arn).close(now)
    elif current is None or current.label != table.latest_stream_label:
        if current is not None:
            current.close(now)
        stream = stream_of(table, now, lambda _: str(uuid4()))
        _streams[stream.arn] = _current[table.table_arn] = stream


def _tell(table: Any, account: str, now: float) -> None:
    """Put what was written into the stream."""
    stream, why = _current.get(table.table_arn), context.current()
    for change in table.stream_shard.take():
        if stream is None:
            continue
        record = stream.add(change, table.region_name, now, None)
        doors.note(
            account,
            "accepted",
            place=stream.arn,
            message=record.sequence_number,
            body=body_of(record),
            group=record.group,
            cause=why.cause,
            actor=why.actor,
        )


def _tables(account: str, region: str) -> Mapping[str, Any]:
    from moto.dynamodb.models import dynamodb_backends

    found: Mapping[str, Any] = dynamodb_backends[account][region].tables
    return found


def shards(stream: str) -> Sequence[StreamShard]:
    """A stream's shards, the oldest first. Raises `LookupError` if it isn't there."""
    with lock:
        return [shard.shown() for shard in known(stream).seen(_now(stream))]


def start(stream: str, shard: str, at: str, timestamp: float | None = None) -> int:
    """The position that TRIM_HORIZON, LATEST or AT_TIMESTAMP stands for now."""
    with lock:
        return _shard(stream, shard).log.start(at, _now(stream), timestamp)


def read(stream: str, shard: str, position: int, limit: int) -> Sequence[StreamRecord]:
    """Records from a position on, or from the oldest on that there still is."""
    with lock:
        return _shard(stream, shard).log.read(position, limit, _now(stream))


def trimmed(stream: str, shard: str, position: int) -> Sequence[StreamRecord]:
    """Records from a position on that can't be read any more."""
    with lock:
        return _shard(stream, shard).log.trimmed(position, _now(stream))


def _now(stream: str) -> float:
    return clock.now(account_of(stream))


def known(arn: str) -> TableStream:
    """A stream that can be read. Raises `LookupError`."""
    found = _streams.get(arn)
    if found is None or found.is_gone(_now(arn)):
        raise LookupError(f"Stream: {arn} not found")
    return found


def _shard(stream: str, id_: str) -> TableShard:
    found = known(stream).shard(id_)
    if found is None:
        raise LookupError(f"Shard {id_} in Stream: {stream} not found")
    return found


def of_region(account: str, region: str) -> list[TableStream]:
    """The streams of a region that can be read, by their ARNs."""
    found = [each for arn, each in sorted(_streams.items()) if arn.split(":")[3:5] == [region, account]]
    return [each for each in found if not each.is_gone(clock.now(account))]


def end(stream: str, shard: str) -> int:
    """The position of the next record of a shard."""
    return _shard(stream, shard).log.end


def forget(account: str) -> None:
    """The account is gone."""
    with lock:
        for held in (_streams, _current):
            for arn in [arn for arn in held if parts_of(arn).account == account]:
                del held[arn]
