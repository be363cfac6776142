"""SNS: topics, subscriptions, policies."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties, tag_list
from harness.app.resources.shapes import text

_TOPIC = properties(
    "ContentBasedDeduplication DeliveryPolicy DisplayName FifoThroughputScope FifoTopic KmsMasterKeyId "
    "SignatureVersion"
)
_SUBSCRIPTION = properties(
    "DeliveryPolicy FilterPolicy FilterPolicyScope RawMessageDelivery RedrivePolicy SubscriptionRoleArn"
)


def create_topic(making: Making) -> Created:
    fifo = making.is_true("FifoTopic")
    name = making.name("TopicName", ".fifo" if fifo else "", limit=256)
    attributes = {key: text(value) for key, value in making.given(_TOPIC).items()}
    if not fifo:
        attributes.pop("FifoTopic", None)
    given = {key: value for key, value in (("Attributes", attributes), ("Tags", tag_list(making))) if value}
    made = making.call("sns", "create_topic", Name=name, **given)
    arn = made["TopicArn"]
    making.named(arn, name)
    for inline in making.get("Subscription") or ():
        making.call("sns", "subscribe", TopicArn=arn, **inline)
    return Created(arn, {"TopicArn": arn, "TopicName": name})


def create_subscription(making: Making) -> Created:
    made = making.call(
        "sns",
        "subscribe",
        TopicArn=making.need("TopicArn"),
        Protocol=making.need("Protocol"),
        Endpoint=making.need("Endpoint"),
        Attributes={key: text(value) for key, value in making.given(_SUBSCRIPTION).items()},
        ReturnSubscriptionArn=True,
    )
    arn = made["SubscriptionArn"]
    return Created(arn, {"Arn": arn})


def create_policy(making: Making) -> Created:
    policy = text(making.need("PolicyDocument"))
    for arn in making.need("Topics"):
        making.call(
            "sns", "set_topic_attributes", TopicArn=arn, AttributeName="Policy", AttributeValue=policy
        )
    return Created(making.logical_id, {"Id": making.logical_id})


def create_inline_policy(making: Making) -> Created:
    arn, policy = making.need("TopicArn"), text(making.need("PolicyDocument"))
    making.call("sns", "set_topic_attributes", TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return Created(arn)


TYPES = {
    "AWS::SNS::Topic": ResourceType(
        create_topic,
        _TOPIC | {"TopicName", "Subscription", "Tags"},
        properties(
            "ArchivePolicy DataProtectionPolicy DeliveryStatusLogging MaximumMessageSize TracingConfig"
        ),
        tells=True,
    ),
    "AWS::SNS::Subscription": ResourceType(
        create_subscription,
        _SUBSCRIPTION | {"TopicArn", "Protocol", "Endpoint"},
        properties("Region ReplayPolicy"),
        part_of=properties("TopicArn Endpoint"),
    ),
    "AWS::SNS::TopicPolicy": ResourceType(
        create_policy, properties("Topics PolicyDocument"), part_of=properties("Topics")
    ),
    "AWS::SNS::TopicInlinePolicy": ResourceType(
        create_inline_policy, properties("TopicArn PolicyDocument"), part_of=properties("TopicArn")
    ),
}
