"""Kinesis Data Streams: streams, their consumers and policies."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties, tags_of
from harness.app.resources.shapes import text

_WAIT_SECONDS = 1
"""Between looks whether a stream is there."""
_CREATED_WITH = properties("MaxRecordSizeInKiB ShardCount StreamModeDetails WarmThroughputMiBps")
_RETENTION_HOURS_MIN = 24


def create_stream(making: Making) -> Created:
    making.check_seen("kinesis")
    name = making.name("Name", limit=128)
    tags = {"Tags": tags_of(making)} if making.get("Tags") else {}
    making.call("kinesis", "create_stream", StreamName=name, **tags, **making.given(_CREATED_WITH))
    arn = making.arn("kinesis", f"stream/{name}")
    making.named(arn, name, service="kinesis")
    _await(making, name)
    hours = int(making.get("RetentionPeriodHours") or _RETENTION_HOURS_MIN)
    if hours != _RETENTION_HOURS_MIN:
        making.call(
            "kinesis", "increase_stream_retention_period", StreamName=name, RetentionPeriodHours=hours
        )
        _await(making, name)
    encryption = making.get("StreamEncryption")
    if encryption:
        making.call("kinesis", "start_stream_encryption", StreamName=name, **encryption)
        _await(making, name)
    return Created(name, {"Arn": arn})


def create_consumer(making: Making) -> Created:
    making.check_seen("consumers of streams")
    made = making.call(
        "kinesis",
        "register_stream_consumer",
        StreamARN=making.need("StreamARN"),
        ConsumerName=making.name("ConsumerName", limit=128),
    )["Consumer"]
    arn = made["ConsumerARN"]
    return Created(
        arn,
        {
            "ConsumerARN": arn,
            "ConsumerCreationTimestamp": str(round(made["ConsumerCreationTimestamp"].timestamp())),
            "ConsumerName": made["ConsumerName"],
            "ConsumerStatus": "ACTIVE",
            "StreamARN": text(making.need("StreamARN")),
        },
    )


def create_policy(making: Making) -> Created:
    arn, policy = making.need("ResourceArn"), text(making.need("ResourcePolicy"))
    making.call("kinesis", "put_resource_policy", ResourceARN=arn, Policy=policy)
    return Created(arn)


def _await(making: Making, name: str) -> None:
    """Streams are there, and can be changed, after a while."""
    waiter = making.cloud.client("kinesis").get_waiter("stream_exists")
    waiter.wait(StreamName=name, WaiterConfig={"Delay": _WAIT_SECONDS})


TYPES = {
    "AWS::Kinesis::Stream": ResourceType(
        create_stream,
        _CREATED_WITH | properties("Name RetentionPeriodHours StreamEncryption Tags"),
        properties("DesiredShardLevelMetrics RecordDistributionStrategy"),
    ),
    "AWS::Kinesis::StreamConsumer": ResourceType(
        create_consumer,
        properties("ConsumerName StreamARN"),
        properties("Tags"),
        part_of=properties("StreamARN"),
    ),
    "AWS::Kinesis::ResourcePolicy": ResourceType(
        create_policy, properties("ResourceArn ResourcePolicy"), part_of=properties("ResourceArn")
    ),
}
