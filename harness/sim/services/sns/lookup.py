"""Topics and subscriptions by the ARNs in a request, or the errors that SNS answers with."""

from __future__ import annotations

from harness.sim.services.sns.errors import check_arn, invalid, not_found
from harness.sim.services.sns.model import Subscription, TopicState, TopicStore


def topic_named(store: TopicStore, arn: str, region: str, parameter: str = "TopicArn") -> TopicState:
    """The topic of an ARN. Raises NotFound, and InvalidParameter for what is no ARN of this region."""
    check_arn(arn, region, parameter)
    topic = store.find(arn)
    if topic is None:
        raise not_found("Topic")
    return topic


def find_subscription(store: TopicStore, arn: str, region: str) -> Subscription | None:
    """The subscription of an ARN, if there is one.

    Raises InvalidParameter for what is no ARN of a subscription in this region.
    """
    check_arn(arn, region, "SubscriptionArn")
    if arn.count(":") < 6:
        raise invalid("SubscriptionId")
    return store.find_subscription(arn)


def subscription_named(store: TopicStore, arn: str, region: str) -> Subscription:
    """The subscription of an ARN. Raises NotFound, and InvalidParameter for what is no ARN of one."""
    found = find_subscription(store, arn, region)
    if found is None:
        raise not_found("Subscription")
    return found
