"""The operations on shards: listing, splitting, merging, scaling.

https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

from harness.aws.rules.kinesis.model import HOUR_SECONDS, ON_DEMAND, UPDATING, StreamState
from harness.aws.rules.kinesis.shards import Shard
from harness.aws.rules.kinesis.shown import shard_shown
from harness.sim.services.kinesis.errors import in_use, invalid, not_found, not_valid, too_much
from harness.sim.services.kinesis.lookups import Lookups
from harness.sim.services.moments import seconds_of
from harness.sim.services.service import Caller, Params

PAGE = 1000
SCALINGS_PER_DAY_MAX = 10
"""https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html"""


class ShardApi:
    """One method an operation."""

    def __init__(self, find: Lookups) -> None:
        self._find = find

    def list_shards(self, params: Params, caller: Caller) -> Params:
        token = params.get("NextToken")
        if token and (params.get("StreamName") or params.get("StreamARN")):
            raise invalid("NextToken and StreamName cannot be provided together.")
        asked: dict[str, Any] = _read_token(token) if token else {"filter": _filter(params)}
        stream = self._find.by_arn(asked["stream"]) if token else self._find.stream(params, caller)
        after = str(asked.get("after") or params.get("ExclusiveStartShardId") or "")
        shards = [shard for shard in self._wanted(stream, asked["filter"]) if shard.id > after]
        page = shards[: params.get("MaxResults") or PAGE]
        result: dict[str, Any] = {"Shards": [shard_shown(shard) for shard in page]}
        if len(page) < len(shards):
            held = {"stream": stream.arn, "after": page[-1].id, "filter": asked["filter"]}
            result["NextToken"] = b64encode(json.dumps(held).encode()).decode()
        return result

    def split_shard(self, params: Params, caller: Caller) -> Params:
        stream = self._find.changeable(params, caller)
        shard = self._open(stream, params["ShardToSplit"])
        at = int(params["NewStartingHashKey"])
        if not shard.first + 1 < at < shard.last:
            raise invalid(
                f"NewStartingHashKey {at} used in SplitShard() on shard {shard.id} in stream {stream.name} "
                f"under account {stream.account} is not both greater than one plus the shard's "
                f"StartingHashKey {shard.first} and less than the shard's EndingHashKey {shard.last - 1}."
            )
        stream.split(shard, at, self._find.now)
        return self._changed(stream)

    def merge_shards(self, params: Params, caller: Caller) -> Params:
        stream = self._find.changeable(params, caller)
        first, second = (self._open(stream, params[n]) for n in ("ShardToMerge", "AdjacentShardToMerge"))
        if first.last + 1 != second.first and second.last + 1 != first.first:
            raise invalid(
                f"Shards {first.id} and {second.id} in stream {stream.name} under account {stream.account} "
                "are not an adjacent pair of shards eligible for merging"
            )
        stream.merge(first, second, self._find.now)
        return self._changed(stream)

    def update_shard_count(self, params: Params, caller: Caller) -> Params:
        stream, now = self._find.changeable(params, caller), self._find.now
        if stream.mode == ON_DEMAND:
            raise not_valid(f"Request is invalid. Stream {stream.name} is in ON_DEMAND mode.")
        before, wanted = len(stream.open_shards()), params["TargetShardCount"]
        if wanted > 2 * before or 2 * wanted < before:
            raise too_much(
                f"UpdateShardCount cannot scale from {before} to {wanted} shards: at most to the double, and "
                "to half, of the present number."
            )
        stream.resharded[:] = [at for at in stream.resharded if at > now - 24 * HOUR_SECONDS]
        if len(stream.resharded) >= SCALINGS_PER_DAY_MAX:
            raise too_much(f"Stream {stream.name} was scaled {SCALINGS_PER_DAY_MAX} times in 24 hours.")
        stream.resharded.append(now)
        stream.scale(wanted, now)
        self._changed(stream)
        counts = {"CurrentShardCount": before, "TargetShardCount": wanted}
        return {"StreamName": stream.name, "StreamARN": stream.arn, **counts}

    def _changed(self, stream: StreamState) -> Params:
        stream.change(UPDATING, self._find.now)
        self._find.notify(stream)
        return {}

    def _open(self, stream: StreamState, shard_id: str) -> Shard:
        shard = stream.shard(shard_id, self._find.now)
        if shard is None:
            raise not_found(
                f"Could not find shard {shard_id} in stream {stream.name} under account {stream.account}."
            )
        if not shard.is_open:
            raise in_use(
                f"Shard {shard_id} in stream {stream.name} under account {stream.account} has already been "
                "merged or split, and thus is not eligible for merging or splitting."
            )
        return shard

    def _wanted(self, stream: StreamState, given: Params) -> list[Shard]:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html"""
        shards, kind = stream.known(self._find.now), given.get("Type")
        at = max(given.get("Timestamp") or 0.0, stream.oldest(self._find.now))
        if kind == "AFTER_SHARD_ID":
            return [shard for shard in shards if shard.id > given["ShardId"]]
        if kind == "AT_LATEST":
            return [shard for shard in shards if shard.is_open]
        if kind in ("AT_TRIM_HORIZON", "AT_TIMESTAMP"):
            at = max(at, stream.created_at)
            return [
                shard
                for shard in shards
                if shard.opened_at <= at and (shard.closed_at is None or shard.closed_at >= at)
            ]
        if kind == "FROM_TIMESTAMP":
            return [shard for shard in shards if shard.closed_at is None or shard.closed_at >= at]
        return shards


def _filter(params: Params) -> dict[str, Any]:
    """The ShardFilter, checked."""
    given = params.get("ShardFilter") or {}
    kind = given.get("Type", "")
    needs = "ShardId" if kind == "AFTER_SHARD_ID" else "Timestamp" if kind.endswith("_TIMESTAMP") else ""
    if needs and given.get(needs) is None:
        raise invalid(f"{needs} is required for a ShardFilter of the type {kind}.")
    held = {name: given[name] for name in ("Type", "ShardId") if given.get(name) is not None}
    if given.get("Timestamp") is not None:
        held["Timestamp"] = seconds_of(given["Timestamp"])
    return held


def _read_token(token: str) -> dict[str, Any]:
    try:
        held = json.loads(b64decode(token, validate=True))
    except ValueError:
        held = None
    if not isinstance(held, dict) or set(held) != {"stream", "after", "filter"}:
        raise invalid("The NextToken is not valid.")
    return held
