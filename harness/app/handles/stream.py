"""Streams of Kinesis."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from harness.app.handles.consumers import wanted_events
from harness.app.handles.handle import Handle
from harness.app.handles.messages import Body, as_text
from harness.app.handles.samples import ANY_TEXT, MADE_UP, Sample, among, body_in
from harness.cloud import Peeks

_BATCH_MAX = 500
_WAIT_SECONDS = 1


class Stream(Handle):
    """A stream of Kinesis Data Streams.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html

    >>> rides = cloud.deploy("fixtures/apps/rides/template.yaml")
    >>> name = next(name for name, type_ in rides.types.items() if type_ == "AWS::Kinesis::Stream")
    >>> before = len(rides.stream(name).shards())
    >>> rides.stream(name).split()
    >>> len(rides.stream(name).shards()) - before  # two children beside the closed one
    2
    """

    kind = "stream"
    types = ("AWS::Kinesis::Stream",)

    def put(self, body: Body | bytes, *, key: str) -> str:
        """Put one record; a `body` that is a mapping or a list becomes JSON. Gives its sequence number.

        Records of one partition `key` stay in order.
        """
        answer = self._client.put_record(StreamName=self.physical_id, Data=_data(body), PartitionKey=key)
        return str(answer["SequenceNumber"])

    def put_all(self, bodies: Iterable[tuple[str, Body | bytes]]) -> None:
        """Put `bodies`, pairs of partition key and body, 500 in a call; those that fail are put again, as AWS
        asks for.

        Raises `ValueError` with AWS's words for a record that fails four times.
        """
        waiting = [{"Data": _data(body), "PartitionKey": key} for key, body in bodies]
        while waiting:
            batch, waiting = waiting[:_BATCH_MAX], waiting[_BATCH_MAX:]
            self._put(batch)

    def records(self) -> list[dict[str, Any]]:
        """Every record that the stream keeps, as GetRecords would give it, with its `ShardId`.

        Nobody's reading, and no limit of a shard, is touched by it.
        """
        if not isinstance(self._cloud, Peeks):
            raise LookupError(f"{self.logical_id}: the records of a stream can't be looked at on this cloud")
        return [
            {**record, "ApproximateArrivalTimestamp": datetime.fromtimestamp(at, UTC)}
            for record in self._cloud.peek(self.arn)
            for at in (record["ApproximateArrivalTimestamp"],)
        ]

    def bodies(self) -> list[Any]:
        """The data of `records()`, parsed where it is JSON."""
        return [_parsed(record["Data"]) for record in self.records()]

    def samples(self) -> list[Sample]:
        """One record for each filter of its consumers."""
        code = f'app.stream("{self.logical_id}").put({{event}}, key="{ANY_TEXT}")'
        wanted = [each.get("data", MADE_UP) for each in wanted_events(self._cloud, self.arn)]
        names = [among(self.logical_id, number, len(wanted)) for number, _ in enumerate(wanted)]
        return [
            Sample(name, data, lambda event: self.put(event, key=ANY_TEXT), code, _data_in)
            for name, data in zip(names, wanted, strict=True)
        ]

    def effects(self) -> list[Any]:
        """Each record is an effect: its data, as text."""
        return [record["Data"].decode(errors="replace") for record in self.records()]

    def shards(self) -> list[dict[str, Any]]:
        """Its shards, closed ones included, as ListShards gives them."""
        return list(self._client.list_shards(StreamName=self.physical_id)["Shards"])

    def split(self, shard_id: str | None = None, *, at: float = 0.5) -> None:
        """Split an open shard, `shard_id` or else the first, at this part (`at`, 0 to 1) of its hash keys;
        wait for it.
        """
        shard = self._open(shard_id)
        first, last = (int(shard["HashKeyRange"][f"{name}HashKey"]) for name in ("Starting", "Ending"))
        middle = first + round((last - first + 1) * at)
        self._client.split_shard(
            StreamName=self.physical_id, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(middle)
        )
        self._await()

    def merge(self, shard_id: str, adjacent_id: str) -> None:
        """Merge two open shards, `shard_id` and the one beside it, `adjacent_id`; wait for it."""
        self._client.merge_shards(
            StreamName=self.physical_id, ShardToMerge=shard_id, AdjacentShardToMerge=adjacent_id
        )
        self._await()

    def reshard(self, count: int) -> None:
        """Scale to `count` open shards of equal ranges, from half to double of now; wait for it."""
        self._client.update_shard_count(
            StreamName=self.physical_id, TargetShardCount=count, ScalingType="UNIFORM_SCALING"
        )
        self._await()

    @property
    def _client(self) -> Any:
        return self._cloud.client("kinesis")

    def _put(self, entries: list[dict[str, Any]]) -> None:
        for _ in range(4):
            results = self._client.put_records(StreamName=self.physical_id, Records=entries)["Records"]
            failed = [
                (entry, said) for entry, said in zip(entries, results, strict=True) if said.get("ErrorCode")
            ]
            if not failed:
                return
            entries = [entry for entry, _ in failed]
            self._cloud.advance(1)
        said = failed[0][1]
        raise ValueError(f"{self.logical_id}: {said['ErrorCode']}: {said.get('ErrorMessage', '')}")

    def _open(self, shard_id: str | None) -> Mapping[str, Any]:
        for shard in self.shards():
            is_open = "EndingSequenceNumber" not in shard["SequenceNumberRange"]
            if is_open and shard_id in (None, shard["ShardId"]):
                return shard
        raise LookupError(f"{self.logical_id}: there is no open shard {shard_id}")

    def _await(self) -> None:
        waiter = self._client.get_waiter("stream_exists")
        waiter.wait(StreamName=self.physical_id, WaiterConfig={"Delay": _WAIT_SECONDS})


def _data(body: Body | bytes) -> bytes:
    return bytes(body) if isinstance(body, bytes | bytearray) else as_text(body).encode()


def _data_in(event: Any) -> Any | None:
    """The data of a record: alone, or in the event that a function gets of it; None for other events."""
    if not isinstance(event, Mapping) or "Records" not in event:
        return body_in(event)
    record = event["Records"][0] if event["Records"] else {}
    held = (record.get("kinesis") or {}).get("data")
    return None if held is None else b64decode(held)


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data
