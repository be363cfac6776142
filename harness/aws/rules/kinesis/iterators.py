"""Shard iterators: texts that say where reading goes on, for five minutes.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import astuple, dataclass

ITERATOR_SECONDS_MAX = 300


@dataclass(frozen=True, slots=True)
class ShardIterator:
    """A position in a shard, and when it was given out."""

    stream: str
    shard: str
    position: int
    made_at: float

    def write(self) -> str:
        """As callers get it."""
        return b64encode(json.dumps(astuple(self)).encode()).decode()


def read(text: str) -> ShardIterator | None:
    """The iterator that a text stands for, also in quotes as AWS takes it; None: it is none."""
    try:
        stream, shard, position, made_at = json.loads(b64decode(text.strip('"'), validate=True))
    except (ValueError, TypeError):
        return None
    kinds = (stream, str), (shard, str), (position, int), (made_at, float)
    if not all(isinstance(value, kind) for value, kind in kinds):
        return None
    return ShardIterator(stream, shard, position, made_at)
