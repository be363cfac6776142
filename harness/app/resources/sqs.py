"""SQS: queues and their policies."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties, tags_of
from harness.app.resources.shapes import text

_ATTRIBUTES = properties(
    "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit "
    "KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod "
    "ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy SqsManagedSseEnabled VisibilityTimeout"
)


def create_queue(making: Making) -> Created:
    fifo = making.is_true("FifoQueue")
    name = making.name("QueueName", ".fifo" if fifo else "")
    attributes = {key: text(value) for key, value in making.given(_ATTRIBUTES).items()}
    if not fifo:
        attributes.pop("FifoQueue", None)
    made = making.call("sqs", "create_queue", QueueName=name, Attributes=attributes, tags=tags_of(making))
    url, arn = made["QueueUrl"], making.arn("sqs", name)
    making.named(url, arn, name)
    return Created(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


def create_policy(making: Making) -> Created:
    policy = text(making.need("PolicyDocument"))
    for url in making.need("Queues"):
        making.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": policy})
    return Created(making.logical_id, {"Id": making.logical_id})


def create_inline_policy(making: Making) -> Created:
    policy = text(making.need("PolicyDocument"))
    url = making.need("Queue")
    making.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": policy})
    return Created(url)


TYPES = {
    "AWS::SQS::Queue": ResourceType(create_queue, _ATTRIBUTES | {"QueueName", "Tags"}, tells=True),
    "AWS::SQS::QueuePolicy": ResourceType(
        create_policy, properties("Queues PolicyDocument"), part_of=properties("Queues")
    ),
    "AWS::SQS::QueueInlinePolicy": ResourceType(
        create_inline_policy, properties("Queue PolicyDocument"), part_of=properties("Queue")
    ),
}
