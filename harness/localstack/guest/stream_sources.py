"""The streams from which mappings read inside LocalStack, by the services that have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ...aws.rules.streams import StreamRecord, StreamShard
from . import kinesis_streams, table_streams


class StreamSource(Protocol):
    """A module with streams, known by their ARNs. Raises `LookupError` for one that isn't there."""

    def shards(self, stream: str) -> Sequence[StreamShard]: ...
    def start(self, stream: str, shard: str, at: str, timestamp: float | None = None) -> int: ...
    def read(self, stream: str, shard: str, position: int, limit: int) -> Sequence[StreamRecord]: ...
    def trimmed(self, stream: str, shard: str, position: int) -> Sequence[StreamRecord]: ...


SOURCES: Mapping[str, StreamSource] = {"dynamodb": table_streams, "kinesis": kinesis_streams}
"""By the service in the stream's ARN."""


def source_of(arn: str) -> StreamSource | None:
    """The module that has this stream, if it is one."""
    return SOURCES.get(arn.split(":")[2])


def forget(account: str) -> None:
    """The account is gone."""
    table_streams.forget(account)
    kinesis_streams.forget(account)
