"""Kinesis Data Streams.

`api_*`: the operations. `model`: a stream as a state machine, with `shards` and `limits`; time comes in as an
argument. `iterators`: the texts that say where reading goes on. `writing`, `subscribing`: the effects of
operations. `delivery`: records from other services; `reading`: records for them. `lookups`: what a call is
about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from harness import aws
from harness.aws.rules.kinesis import iterators
from harness.aws.rules.kinesis.model import StreamStore
from harness.aws.rules.kinesis.shown import record_shown
from harness.sim.services.kinesis.api_consumers import ConsumerApi
from harness.sim.services.kinesis.api_records import RecordApi
from harness.sim.services.kinesis.api_settings import SettingApi
from harness.sim.services.kinesis.api_shards import ShardApi
from harness.sim.services.kinesis.api_streams import StreamApi
from harness.sim.services.kinesis.delivery import StreamDeliveries
from harness.sim.services.kinesis.lookups import Lookups
from harness.sim.services.kinesis.reading import StreamReading
from harness.sim.services.kinesis.subscribing import Subscribing
from harness.sim.services.kinesis.writing import Writing
from harness.sim.services.service import Caller, Operation, Params
from harness.sim.services.validation import CheckedOperations, check
from harness.sim.world import World


class Kinesis(StreamDeliveries, StreamReading):
    """The simulator's Kinesis Data Streams. Is a `Mover`, and has the `Streams` of mappings and pipes."""

    facts: ClassVar = aws.service("kinesis")

    def __init__(self, world: World) -> None:
        find = Lookups(world, StreamStore())
        writing = Writing(world, find)
        super().__init__(find, writing)
        apis = (
            StreamApi(find),
            ShardApi(find),
            RecordApi(world, find, writing),
            ConsumerApi(find, Subscribing(world, find)),
            SettingApi(find),
        )
        self.operations: Mapping[str, Operation] = CheckedOperations(self._checked, *map(_operations, apis))

    def resources(self, operation: str, params: Params) -> tuple[str, ...]:
        """The streams that a call is about, which an iterator tells, too."""
        iterator = params.get("ShardIterator")
        read = iterators.read(iterator) if isinstance(iterator, str) else None
        return self.facts.resources(operation, params) if read is None else (read.stream,)

    def peek(self, stream: str) -> list[Params]:
        """Every record that a stream (by ARN) keeps, shard by shard, without reading it."""
        found = self._find.by_arn(stream)
        oldest = found.oldest(self._find.now)
        return [
            {**record_shown(record, found), "ShardId": shard.id}
            for shard in found.known(self._find.now)
            for record in shard.records[shard.horizon(oldest) :]
        ]

    def _checked(self, name: str, operation: Operation, params: Params, caller: Caller) -> Params:
        check("kinesis", name, params)
        return operation(params, caller)


MOVER = Kinesis


def _operations(api: Any) -> dict[str, Operation]:
    """The public methods of an API by the names of their operations."""
    kind: type = type(api)
    return {operation: getattr(api, name) for operation, name in _methods(kind).items()}


@cache
def _methods(kind: type) -> dict[str, str]:
    names = [name for name in vars(kind) if not name.startswith("_")]
    return {re.sub(r"(?:^|_)(.)", lambda found: found[1].upper(), name): name for name in names}
