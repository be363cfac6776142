"""The operations on subscriptions: each takes botocore's parameters and gives botocore's result.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

from harness.aws.rules.outside import address_of
from harness.cloud import Unsupported
from harness.sim.services.service import Caller, Params, ServiceError
from harness.sim.services.sns.delivery import TopicDeliveries
from harness.sim.services.sns.errors import invalid
from harness.sim.services.sns.lookup import find_subscription, subscription_named, topic_named
from harness.sim.services.sns.model import TOKEN_SECONDS, Subscription, TopicState, TopicStore
from harness.sim.services.sns.pages import page
from harness.sim.services.sns.subscription_attributes import (
    DEFAULTS,
    apply,
    check_change,
    check_subscription_attributes,
    shown,
)
from harness.sim.world import World

_TO_CONFIRM = ("http", "https", "email", "email-json")
_UNSUPPORTED = ("application",)
_PENDING = "pending confirmation"
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(r"(?=(?:\D*\d){2,15}\D*$)\+?\d+(?:[ ./-]\d+)*")
_PUSH = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:endpoint/.+")
_TOKEN = re.compile(r"[0-9a-f]{64,}")


class SubscriptionsApi:
    """One method an operation."""

    def __init__(self, world: World, store: TopicStore, deliveries: TopicDeliveries) -> None:
        self._world = world
        self._store = store
        self._deliveries = deliveries

    def subscribe(self, params: Params, caller: Caller) -> Params:
        topic = topic_named(self._store, params["TopicArn"], caller.region)
        protocol, endpoint = params["Protocol"], params.get("Endpoint") or ""
        _check_endpoint(protocol, endpoint, topic)
        attributes = check_subscription_attributes(params.get("Attributes") or {}, protocol, endpoint, topic)
        subscription = topic.subscription_of(protocol, endpoint)
        if subscription is None:
            subscription = self._subscribe(topic, protocol, endpoint, attributes, caller)
        else:
            _check_same(subscription, attributes)
        if subscription.pending:
            self._deliveries.ask_to_confirm(topic, subscription)
            if not params.get("ReturnSubscriptionArn"):
                return {"SubscriptionArn": _PENDING}
        return {"SubscriptionArn": subscription.arn}

    def confirm_subscription(self, params: Params, caller: Caller) -> Params:
        token, arn = params["Token"], params["TopicArn"]
        if arn.count(":") < 5 or arn.split(":", 4)[3] != caller.region:
            raise invalid("Topic")
        if not _TOKEN.fullmatch(token):
            raise ServiceError("InvalidParameter", "Invalid token")
        topic = self._store.find(arn)
        found = self._store.confirm(topic, token, self._world.kernel.now) if topic is not None else None
        if found is None:
            raise invalid("Token")
        return {"SubscriptionArn": found.arn}

    def unsubscribe(self, params: Params, caller: Caller) -> Params:
        subscription = find_subscription(self._store, params["SubscriptionArn"], caller.region)
        if subscription is None:
            return {}
        if subscription.pending:
            told = "Cannot unsubscribe a subscription that is pending confirmation"
            raise invalid("SubscriptionArn", told)
        if subscription.protocol in ("http", "https"):
            topic = self._store.topic_of(subscription)
            self._store.deactivate(subscription, self._new_token(), self._world.kernel.now)
            self._deliveries.confirm_end(topic, subscription)
        else:
            self._store.unsubscribe(subscription)
        return {}

    def get_subscription_attributes(self, params: Params, caller: Caller) -> Params:
        subscription = subscription_named(self._store, params["SubscriptionArn"], caller.region)
        return {"Attributes": shown(subscription, self._store.topic_of(subscription))}

    def set_subscription_attributes(self, params: Params, caller: Caller) -> Params:
        subscription = subscription_named(self._store, params["SubscriptionArn"], caller.region)
        topic = self._store.topic_of(subscription)
        name, value = params["AttributeName"], params.get("AttributeValue", "")
        subscription.attributes = check_change(subscription, topic, name, value)
        apply(subscription, topic)
        return {}

    def list_subscriptions(self, params: Params, caller: Caller) -> Params:
        here = f"arn:aws:sns:{caller.region}:{caller.account}:"
        found = [_listed(s) for s in self._store.subscriptions() if s.arn.startswith(here)]
        return page("Subscriptions", found, params.get("NextToken"))

    def list_subscriptions_by_topic(self, params: Params, caller: Caller) -> Params:
        topic = topic_named(self._store, params["TopicArn"], caller.region)
        found = [_listed(subscription) for subscription in topic.subscriptions.values()]
        return page("Subscriptions", found, params.get("NextToken"))

    def _subscribe(
        self, topic: TopicState, protocol: str, endpoint: str, attributes: dict[str, str], caller: Caller
    ) -> Subscription:
        kernel = self._world.kernel
        subscription = Subscription(
            arn=f"{topic.arn}:{kernel.new_id()}",
            topic_arn=topic.arn,
            protocol=protocol,
            endpoint=endpoint,
            target=address_of(protocol, endpoint),
            owner=caller.account,
            attributes=attributes,
        )
        if protocol in _TO_CONFIRM:
            subscription.pending, subscription.authenticated = True, False
            subscription.give_token(self._new_token(), kernel.now)
            due = kernel.now + TOKEN_SECONDS
            kernel.call_at(due, partial(self._store.forget_unconfirmed, subscription), background=True)
        apply(subscription, topic)
        self._store.subscribe(topic, subscription)
        return subscription

    def _new_token(self) -> str:
        return f"{self._world.kernel.random.getrandbits(1152):0288x}"


def _check_same(subscription: Subscription, attributes: Mapping[str, str]) -> None:
    current = DEFAULTS | subscription.attributes
    if any(current.get(name) != value for name, value in attributes.items()):
        raise invalid("Attributes", "Subscription already exists with different attributes")


def _check_endpoint(protocol: str, endpoint: str, topic: TopicState) -> None:
    check = _ENDPOINTS.get(protocol)
    if check is None:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if topic.fifo and protocol != "sqs":
        raise invalid(f"Invalid protocol type: {protocol}")
    pattern, complaint = check
    if not re.fullmatch(pattern, endpoint):
        raise ServiceError("InvalidParameter", complaint.format(endpoint=endpoint))
    if protocol in ("http", "https") and _is_internal(endpoint):
        raise ServiceError("AuthorizationError", "Not authorized to subscribe internal endpoints", 403)
    if protocol in _UNSUPPORTED:
        raise Unsupported(f"subscriptions of protocol {protocol} don't run in sim; localstack runs them")
    if not topic.fifo and protocol == "sqs" and endpoint.endswith(".fifo"):
        raise invalid(
            "Invalid parameter: Endpoint", "FIFO SQS Queues can not be subscribed to standard SNS topics"
        )


def _is_internal(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or not ip_address(host).is_global
    except ValueError:
        return False


_OTHER_SCHEME = "Invalid parameter: Endpoint must match the specified protocol"
_ENDPOINTS = {
    "sqs": (
        r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+",
        "Invalid parameter: SQS endpoint ARN",
    ),
    "lambda": (
        r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w$:-]+",
        "Invalid parameter: Lambda endpoint ARN",
    ),
    "firehose": (
        r"arn:aws[a-z-]*:firehose:[a-z0-9-]+:\d{12}:.+",
        "Invalid parameter: Firehose endpoint ARN",
    ),
    "application": (_PUSH.pattern, "Invalid parameter: Application endpoint arn invalid:{endpoint}"),
    "http": (r"http://\S+", _OTHER_SCHEME),
    "https": (r"https://\S+", _OTHER_SCHEME),
    "email": (_MAIL.pattern, "Invalid parameter: Email address"),
    "email-json": (_MAIL.pattern, "Invalid parameter: Email address"),
    "sms": (_PHONE.pattern, "Invalid SMS endpoint: {endpoint}"),
}
"""By protocol: the form of its endpoints, and the complaint about one that hasn't got it."""


def _listed(subscription: Subscription) -> dict[str, str]:
    return {
        "SubscriptionArn": "PendingConfirmation" if subscription.pending else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }
