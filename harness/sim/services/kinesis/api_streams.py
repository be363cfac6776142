"""The operations on streams and their settings.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from typing import Any

from harness.aws.rules.kinesis.model import (
    DELETING,
    ON_DEMAND,
    ON_DEMAND_SHARDS,
    PROVISIONED,
    RETENTION_HOURS_MAX,
    RETENTION_HOURS_MIN,
    UPDATING,
    StreamState,
)
from harness.aws.rules.kinesis.shown import shard_shown
from harness.sim.services import pages
from harness.sim.services.kinesis.errors import in_use, invalid, no_stream, not_valid, too_much
from harness.sim.services.kinesis.lookups import Lookups
from harness.sim.services.service import Caller, Params, ServiceError

SHARDS_MAX = 20_000
STREAMS_ON_DEMAND_MAX = 50
SHARD_PAGE, STREAM_PAGE = 100, 100
KIB = 1024


class StreamApi:
    """One method an operation."""

    def __init__(self, find: Lookups) -> None:
        self._find = find

    def create_stream(self, params: Params, caller: Caller) -> Params:
        name = params["StreamName"]
        arn = _arn(name, caller)
        if self._find.store.get(arn, self._find.now) is not None:
            raise in_use(f"Stream {name} under account {caller.account} already exists.")
        shards = params.get("ShardCount")
        given = (params.get("StreamModeDetails") or {}).get("StreamMode")
        mode = given or (PROVISIONED if shards else ON_DEMAND)
        if mode == PROVISIONED and not shards:
            raise invalid("ShardCount is required for streams in PROVISIONED mode.")
        if mode == ON_DEMAND and shards:
            raise invalid("ShardCount must not be specified for streams in ON_DEMAND mode.")
        if shards and shards > SHARDS_MAX:
            raise too_much(
                f"This request would exceed the shard limit for the account {caller.account} in "
                f"{caller.region}. Limit: {SHARDS_MAX}. Number of additional shards that would have resulted "
                f"from this request: {shards}. Refer to the AWS Service Limits page "
                "(https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits "
                "and how to request higher limits."
            )
        stream = StreamState(name, arn, caller.account, self._find.now, mode)
        stream.record_size_max = params.get("MaxRecordSizeInKiB", KIB) * KIB
        stream.warm_mib = params.get("WarmThroughputMiBps") or 0
        stream.tags.update(params.get("Tags") or {})
        stream.create(shards or ON_DEMAND_SHARDS, self._find.now)
        self._find.store.streams[arn] = stream
        return {}

    def describe_stream(self, params: Params, caller: Caller) -> Params:
        stream = self._find.stream(params, caller)
        after, limit = params.get("ExclusiveStartShardId") or "", params.get("Limit") or SHARD_PAGE
        shards = [shard for shard in stream.known(self._find.now) if shard.id > after]
        shown = {
            **self._described(stream),
            "Shards": [shard_shown(shard) for shard in shards[:limit]],
            "HasMoreShards": len(shards) > limit,
        }
        return {"StreamDescription": shown}

    def describe_stream_summary(self, params: Params, caller: Caller) -> Params:
        stream = self._find.stream(params, caller)
        shown = {
            **self._described(stream),
            "OpenShardCount": len(stream.open_shards()),
            "ConsumerCount": len(stream.consumers),
            "MaxRecordSizeInKiB": stream.record_size_max // KIB,
            **({"WarmThroughput": _warm(stream)} if stream.mode == ON_DEMAND else {}),
        }
        return {"StreamDescriptionSummary": shown}

    def list_streams(self, params: Params, caller: Caller) -> Params:
        after = params.get("ExclusiveStartStreamName") or ""
        streams = [stream for stream in self._of(caller) if stream.name > after]
        limit = params.get("Limit") or STREAM_PAGE
        page = pages.page("Streams", streams, params.get("NextToken"), limit, _bad_token)
        found: list[StreamState] = page.pop("Streams")
        return {
            "StreamNames": [stream.name for stream in found],
            "HasMoreStreams": "NextToken" in page,
            "StreamSummaries": [self._listed(stream) for stream in found],
            **page,
        }

    def delete_stream(self, params: Params, caller: Caller) -> Params:
        stream = self._find.stream(params, caller)
        if stream.status(self._find.now) == DELETING:
            raise no_stream(stream.name, stream.account)
        if stream.consumers and not params.get("EnforceConsumerDeletion"):
            raise in_use(
                f"Stream {stream.name} under account {stream.account} has consumers. Deregister them, or set "
                "EnforceConsumerDeletion."
            )
        stream.consumers.clear()
        stream.change(DELETING, self._find.now)
        self._find.notify(stream)
        return {}

    def describe_limits(self, params: Params, caller: Caller) -> Params:
        streams = self._of(caller)
        return {
            "ShardLimit": SHARDS_MAX,
            "OpenShardCount": sum(len(stream.open_shards()) for stream in streams),
            "OnDemandStreamCount": sum(stream.mode == ON_DEMAND for stream in streams),
            "OnDemandStreamCountLimit": STREAMS_ON_DEMAND_MAX,
        }

    def increase_stream_retention_period(self, params: Params, caller: Caller) -> Params:
        stream, hours = self._find.changeable(params, caller), _hours(params)
        if hours < stream.retention_hours:
            raise _wrong_way(stream, hours, "shorter", "Decrease")
        return self._keep(stream, hours)

    def decrease_stream_retention_period(self, params: Params, caller: Caller) -> Params:
        stream, hours = self._find.changeable(params, caller), _hours(params)
        if hours > stream.retention_hours:
            raise _wrong_way(stream, hours, "longer", "Increase")
        return self._keep(stream, hours)

    def start_stream_encryption(self, params: Params, caller: Caller) -> Params:
        return self._encrypt(params, caller, params["KeyId"])

    def stop_stream_encryption(self, params: Params, caller: Caller) -> Params:
        return self._encrypt(params, caller, "")

    def enable_enhanced_monitoring(self, params: Params, caller: Caller) -> Params:
        stream = self._find.changeable(params, caller)
        return self._monitor(stream, sorted({*stream.metrics, *params["ShardLevelMetrics"]}))

    def disable_enhanced_monitoring(self, params: Params, caller: Caller) -> Params:
        stream, dropped = self._find.changeable(params, caller), params["ShardLevelMetrics"]
        kept = [name for name in stream.metrics if name not in dropped and "ALL" not in dropped]
        return self._monitor(stream, kept)

    def update_stream_mode(self, params: Params, caller: Caller) -> Params:
        stream = self._find.changeable(params, caller)
        stream.mode = params["StreamModeDetails"]["StreamMode"]
        stream.warm_mib = params.get("WarmThroughputMiBps") or 0
        stream.change(UPDATING, self._find.now)
        return {}

    def update_stream_warm_throughput(self, params: Params, caller: Caller) -> Params:
        stream = self._find.changeable(params, caller)
        if stream.mode != ON_DEMAND:
            raise not_valid("Warm throughput is for streams in ON_DEMAND mode.")
        stream.warm_mib = params["WarmThroughputMiBps"]
        stream.change(UPDATING, self._find.now)
        return {"StreamARN": stream.arn, "StreamName": stream.name, "WarmThroughput": _warm(stream)}

    def update_max_record_size(self, params: Params, caller: Caller) -> Params:
        stream = self._find.changeable(params, caller)
        stream.record_size_max = params["MaxRecordSizeInKiB"] * KIB
        stream.change(UPDATING, self._find.now)
        return {}

    def _of(self, caller: Caller) -> list[StreamState]:
        return self._find.store.under(_arn("", caller), self._find.now)

    def _keep(self, stream: StreamState, hours: int) -> Params:
        if hours != stream.retention_hours:
            stream.retention_hours = hours
            stream.change(UPDATING, self._find.now)
        return {}

    def _encrypt(self, params: Params, caller: Caller, key_id: str) -> Params:
        stream = self._find.changeable(params, caller)
        stream.key_id = key_id
        stream.change(UPDATING, self._find.now)
        return {}

    def _monitor(self, stream: StreamState, metrics: list[str]) -> Params:
        before, stream.metrics = stream.metrics, metrics
        stream.change(UPDATING, self._find.now)
        return {
            "StreamName": stream.name,
            "StreamARN": stream.arn,
            "CurrentShardLevelMetrics": before,
            "DesiredShardLevelMetrics": metrics,
        }

    def _listed(self, stream: StreamState) -> dict[str, Any]:
        return {
            "StreamName": stream.name,
            "StreamARN": stream.arn,
            "StreamStatus": stream.status(self._find.now),
            "StreamModeDetails": {"StreamMode": stream.mode},
            "StreamCreationTimestamp": round(stream.created_at, 3),
        }

    def _described(self, stream: StreamState) -> dict[str, Any]:
        key = (
            {"EncryptionType": "KMS", "KeyId": stream.key_id} if stream.key_id else {"EncryptionType": "NONE"}
        )
        return {
            **self._listed(stream),
            "RetentionPeriodHours": stream.retention_hours,
            "EnhancedMonitoring": [{"ShardLevelMetrics": list(stream.metrics)}],
            **key,
        }


def _arn(name: str, caller: Caller) -> str:
    return f"arn:aws:kinesis:{caller.region}:{caller.account}:stream/{name}"


def _hours(params: Params) -> int:
    hours: int = params["RetentionPeriodHours"]
    if hours < RETENTION_HOURS_MIN:
        raise invalid(
            f"Minimum allowed retention period is {RETENTION_HOURS_MIN} hours. Requested retention period "
            f"({hours} hours) is too short."
        )
    if hours > RETENTION_HOURS_MAX:
        raise invalid(
            f"Maximum allowed retention period is {RETENTION_HOURS_MAX} hours. Requested retention period "
            f"({hours} hours) is too long."
        )
    return hours


def _wrong_way(stream: StreamState, hours: int, which: str, other: str) -> ServiceError:
    return invalid(
        f"Requested retention period ({hours} hours) for stream {stream.name} can not be {which} than "
        f"existing retention period ({stream.retention_hours} hours). Use {other}RetentionPeriod API."
    )


def _warm(stream: StreamState) -> dict[str, int]:
    return {"TargetMiBps": stream.warm_mib, "CurrentMiBps": stream.warm_mib}


def _bad_token() -> ServiceError:
    return invalid("The NextToken is not valid.")
