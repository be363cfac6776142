"""SNS: `api_*` are the operations, `model` is what they change, `delivery` what follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from harness import aws
from harness.sim.services.service import Caller, Delivered, Delivery, Operation, Params
from harness.sim.services.sns.api_phones import UNSUPPORTED, PhonesApi
from harness.sim.services.sns.api_publishing import PublishingApi
from harness.sim.services.sns.api_push import PushApi
from harness.sim.services.sns.api_subscriptions import SubscriptionsApi
from harness.sim.services.sns.api_topics import TopicsApi
from harness.sim.services.sns.delivery import TopicDeliveries
from harness.sim.services.sns.errors import check_given
from harness.sim.services.sns.model import TopicStore
from harness.sim.services.validation import CheckedOperations
from harness.sim.world import World


class Sns:
    """The simulator's SNS."""

    facts: ClassVar = aws.service("sns")

    def __init__(self, world: World) -> None:
        store = TopicStore()
        deliveries = TopicDeliveries(world)
        push = PushApi(world.kernel.new_id)
        self._publishing = PublishingApi(world, store, deliveries, push)
        topics = TopicsApi(store)
        subscriptions = SubscriptionsApi(world, store, deliveries)
        phones = PhonesApi()
        operations: dict[str, Operation] = {
            "AddPermission": topics.add_permission,
            "CheckIfPhoneNumberIsOptedOut": phones.check_if_phone_number_is_opted_out,
            "ConfirmSubscription": subscriptions.confirm_subscription,
            "CreatePlatformApplication": push.create_platform_application,
            "CreatePlatformEndpoint": push.create_platform_endpoint,
            "CreateTopic": topics.create_topic,
            "DeleteEndpoint": push.delete_endpoint,
            "DeletePlatformApplication": push.delete_platform_application,
            "DeleteTopic": topics.delete_topic,
            "GetDataProtectionPolicy": topics.get_data_protection_policy,
            "GetEndpointAttributes": push.get_endpoint_attributes,
            "GetPlatformApplicationAttributes": push.get_platform_application_attributes,
            "GetSMSAttributes": phones.get_sms_attributes,
            "GetSubscriptionAttributes": subscriptions.get_subscription_attributes,
            "GetTopicAttributes": topics.get_topic_attributes,
            "ListEndpointsByPlatformApplication": push.list_endpoints_by_platform_application,
            "ListPhoneNumbersOptedOut": phones.list_phone_numbers_opted_out,
            "ListPlatformApplications": push.list_platform_applications,
            "ListSubscriptions": subscriptions.list_subscriptions,
            "ListSubscriptionsByTopic": subscriptions.list_subscriptions_by_topic,
            "ListTagsForResource": topics.list_tags_for_resource,
            "ListTopics": topics.list_topics,
            "OptInPhoneNumber": phones.opt_in_phone_number,
            "Publish": self._publishing.publish,
            "PublishBatch": self._publishing.publish_batch,
            "PutDataProtectionPolicy": topics.put_data_protection_policy,
            "RemovePermission": topics.remove_permission,
            "SetEndpointAttributes": push.set_endpoint_attributes,
            "SetPlatformApplicationAttributes": push.set_platform_application_attributes,
            "SetSMSAttributes": phones.set_sms_attributes,
            "SetSubscriptionAttributes": subscriptions.set_subscription_attributes,
            "SetTopicAttributes": topics.set_topic_attributes,
            "Subscribe": subscriptions.subscribe,
            "TagResource": topics.tag_resource,
            "Unsubscribe": subscriptions.unsubscribe,
            "UntagResource": topics.untag_resource,
            **{name: phones.unsupported(name) for name in UNSUPPORTED},
        }
        self.operations: Mapping[str, Operation] = CheckedOperations(_carry, operations)

    def deliver(self, delivery: Delivery) -> Delivered:
        """Publish to a topic."""
        return self._publishing.deliver(delivery)


MOVER = Sns


def _carry(name: str, operation: Operation, params: Params, caller: Caller) -> Params:
    if name not in UNSUPPORTED:
        check_given(name, params)
    return operation(params, caller)
