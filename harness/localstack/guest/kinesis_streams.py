"""The streams of Kinesis inside LocalStack: their state, and what reads and delivers there.

https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html
"""

from __future__ import annotations

import threading
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from ...aws.parcels import StreamParcel
from ...aws.rules.kinesis.model import CREATING, DELETING, StreamState, StreamStore
from ...aws.rules.kinesis.shards import Record, Shard
from ...aws.rules.kinesis.shown import record_shown, told
from ...aws.rules.streams import AT_TIMESTAMP, TRIM_HORIZON, StreamRecord, StreamShard
from . import clock, doors
from .context import Context
from .doors import TargetRefused
from .functions import account_of

THROTTLED = "ProvisionedThroughputExceededException"
READ_BYTES_MAX = 10 * 1024 * 1024

store = StreamStore()
lock = threading.RLock()
"""Held by whoever looks at a stream, or changes one."""


class StreamGone(LookupError):
    """There is no such stream, or shard."""


def now_of(stream: str) -> float:
    """Epoch seconds on the clock of the account of a stream."""
    return clock.now(account_of(stream))


def working(arn: str) -> StreamState:
    """A stream whose records can be written and read. Raises `StreamGone`."""
    found = store.get(arn, now_of(arn))
    if found is None or found.status(now_of(arn)) in (CREATING, DELETING):
        name, account = arn.rpartition("/")[2], account_of(arn)
        raise StreamGone(f"Stream {name} under account {account} not found.")
    return found


def shard_of(stream: StreamState, id_: str) -> Shard:
    """A shard that was known once: a consumer may be behind what is kept. Raises `StreamGone`."""
    found = next((shard for shard in stream.shards if shard.id == id_), None)
    if found is None:
        where = f"in stream {stream.name} under account {stream.account}"
        raise StreamGone(f"Shard {id_} {where} does not exist")
    return found


def put(stream: StreamState, entry: Mapping[str, Any], why: Context) -> tuple[Shard, Record | None]:
    """One record, in the shape of PutRecord. Without a record, its shard has no throughput left."""
    data, key = entry["Data"], str(entry["PartitionKey"])
    shard = stream.shard_for(key, entry.get("ExplicitHashKey"))
    record = stream.put(shard, key, bytes(data), now_of(stream.arn))
    if record is not None and why.reached is not None:
        why.reached([str(record.number)])
    elif record is not None:
        doors.note(
            stream.account,
            "accepted",
            place=stream.arn,
            message=str(record.number),
            body=_text_of(record.data),
            group=record.key,
            cause=why.cause,
            actor=why.actor,
        )
    return shard, record


def deliver(arn: str, parcel: StreamParcel, why: Context) -> None:
    """Put a record that another service sends; its message's id is the key of one that has none.

    Raises `TargetRefused`.
    """
    data = b64decode(parcel.data) if parcel.binary else parcel.data.encode()
    with lock:
        try:
            stream = working(arn)
        except StreamGone as problem:
            raise TargetRefused("ResourceNotFoundException", str(problem), retryable=False) from None
        shard, record = put(stream, {"Data": data, "PartitionKey": parcel.key or why.messages[0]}, why)
    if record is None:
        raise TargetRefused(THROTTLED, f"Rate exceeded for shard {shard.id}")


def shards(stream: str) -> Sequence[StreamShard]:
    """Those that are still known, the oldest first."""
    with lock:
        known = working(stream).known(now_of(stream))
        return [StreamShard(one.id, tuple(each.id for each in one.parents), not one.is_open) for one in known]


def start(stream: str, shard: str, at: str, timestamp: float | None = None) -> int:
    """The position that TRIM_HORIZON, LATEST or AT_TIMESTAMP stands for now."""
    with lock:
        found = working(stream)
        held = shard_of(found, shard)
        if at == TRIM_HORIZON:
            return held.horizon(found.oldest(now_of(stream)))
        return held.since(timestamp or 0.0) if at == AT_TIMESTAMP else len(held.records)


def read(stream: str, shard: str, position: int, limit: int) -> Sequence[StreamRecord]:
    """Records from a position on that are still kept."""
    with lock:
        found = working(stream)
        held = shard_of(found, shard)
        records = held.read(position, found.oldest(now_of(stream)), limit, READ_BYTES_MAX)
        return [told(record, held, found) for record in records]


def trimmed(stream: str, shard: str, position: int) -> Sequence[StreamRecord]:
    """Records from a position on that are no longer kept."""
    with lock:
        found = working(stream)
        held = shard_of(found, shard)
        gone = held.records[position : held.horizon(found.oldest(now_of(stream)))]
        return [told(record, held, found) for record in gone]


def peek(stream: str) -> list[dict[str, Any]]:
    """Every record that a stream keeps, shard by shard, without reading it."""
    with lock:
        found, now = working(stream), now_of(stream)
        oldest = found.oldest(now)
        return [
            {**record_shown(record, found), "ShardId": shard.id}
            for shard in found.known(now)
            for record in shard.records[shard.horizon(oldest) :]
        ]


def forget(account: str) -> None:
    """The account is gone."""
    with lock:
        for arn in [arn for arn in store.streams if account_of(arn) == account]:
            del store.streams[arn]


def _text_of(data: bytes) -> Any:
    """The data of a record as a text where it is one."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
