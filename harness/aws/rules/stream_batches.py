"""Batches of a stream's records: which are wanted, what becomes of one that failed, and its failure record.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .destinations import dated_key, timestamp
from .filter_criteria import Filter, wants_record

FOR_EVER = -1
RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 1.0, 60.0
"""Between the attempts of a batch, twice as long each time; how Lambda backs off exactly isn't documented."""

RETRIES_EXHAUSTED, TOO_OLD = "RetryAttemptsExhausted", "RecordAgeExceeded"
_BATCH_INFO = {"aws:dynamodb": "DDBStreamBatchInfo", "aws:kinesis": "KinesisBatchInfo"}


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The settings for batches that fail; -1 is no limit.

    `bisects`: a batch that fails is cut in two, which is no retry.
    """

    retries_max: int = FOR_EVER
    age_seconds_max: int = FOR_EVER
    bisects: bool = False

    def exhausted(self, failures: int) -> bool:
        """Has a batch failed once more than it may be tried again?"""
        return 0 <= self.retries_max < failures

    def too_old(self, ages: Sequence[float]) -> int:
        """The number of records at the beginning of a batch that are too old."""
        if self.age_seconds_max < 0:
            return 0
        return next((n for n, age in enumerate(ages) if age <= self.age_seconds_max), len(ages))


@dataclass(frozen=True, slots=True)
class TumblingWindow:
    """A tumbling window, in epoch seconds.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
    """

    start: float
    end: float

    @classmethod
    def around(cls, at: float, seconds: int) -> TumblingWindow:
        """The window of so many seconds in which a record arrived.

        >>> TumblingWindow.around(130.5, 60)
        TumblingWindow(start=120.0, end=180.0)
        """
        start = at // seconds * seconds
        return cls(start, start + seconds)

    def shown(self) -> dict[str, str]:
        """As functions see it."""
        return {name: f"{_moment(at)}Z" for name, at in (("start", self.start), ("end", self.end))}


def lane_of(group: str, lanes: int) -> int:
    """The one of several concurrent batches of a shard in which the records of a group are."""
    return hashlib.md5(group.encode()).digest()[-1] % lanes


def wanted(filters: Sequence[Filter], shown: Mapping[str, Any]) -> bool:
    """Does one of the filters want this record? In one of Kinesis they look into the decoded data.

    https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
    """
    if not filters:
        return True
    inner = shown.get("kinesis")
    if inner is None:
        return any(each.pattern.wants(shown) for each in filters)
    data = b64decode(inner["data"]).decode(errors="replace")
    return wants_record(filters, {**flat(shown), "data": data}, data="data")


def flat(shown: Mapping[str, Any]) -> dict[str, Any]:
    """A record as pipes show it: one of Kinesis has all its fields side by side.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html
    """
    inner = shown.get("kinesis")
    if inner is None:
        return dict(shown)
    return {**inner, **{name: value for name, value in shown.items() if name != "kinesis"}}


@dataclass(frozen=True, slots=True)
class Arrived:
    """The first and the last of a batch's records: sequence numbers, and arrivals in epoch seconds."""

    shard: str
    stream: str
    count: int
    first: str
    last: str
    first_at: float
    last_at: float


def batch_info(batch: Arrived, source: str) -> dict[str, Any]:
    """A batch by its place in the stream; `source` is the `eventSource` of its records."""
    precise = source == "aws:kinesis"
    told = {
        "shardId": batch.shard,
        "startSequenceNumber": batch.first,
        "endSequenceNumber": batch.last,
        "approximateArrivalOfFirstRecord": timestamp(batch.first_at) if precise else _seconds(batch.first_at),
        "approximateArrivalOfLastRecord": timestamp(batch.last_at) if precise else _seconds(batch.last_at),
        "batchSize": batch.count,
        "streamArn": batch.stream,
    }
    return {_BATCH_INFO[source]: told}


def failure_record(
    context: Mapping[str, Any], response: Mapping[str, Any] | None, info: Mapping[str, Any], at: float
) -> dict[str, Any]:
    """The record about a batch that was given up, for the failure destination.

    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    """
    told = {"requestContext": dict(context), "version": "1.0", "timestamp": timestamp(at), **info}
    return told if response is None else told | {"responseContext": dict(response)}


def object_key(mapping: str, shard: str, at: float, unique: str) -> str:
    """The key of a failure record in a bucket."""
    return dated_key(f"{mapping}/{shard}", at, unique)


def state_of(answer: Any) -> Any:
    """The state that a function hands on within a window; None if it answers none, which is a failure."""
    return answer.get("state") if isinstance(answer, Mapping) else None


def size_of(shown: Mapping[str, Any]) -> int:
    """Bytes that a record adds to an invocation."""
    return len(json.dumps(shown))


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}"


def _seconds(at: float) -> str:
    return f"{_moment(at)}Z"
