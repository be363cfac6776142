"""Topics and subscriptions of a cloud: found by ARN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.aws.rules.delivery_policy import AWS_MANAGED, Schedule
from harness.aws.rules.fifo import Deduplication
from harness.aws.rules.filter_policy import FilterPolicy
from harness.sim.services.service import Caller
from harness.sim.services.sns.errors import check_arn, invalid, not_found

_FIRST_SEQUENCE = 10_000_000_000_000_000_000


@dataclass(eq=False)
class Subscription:
    """One subscription. What deliveries need of its attributes is held ready: see `subscription_settings`.

    `target` is where its hops go: an ARN, a URL, or "mailto:…", "sms:…". Under a throttle policy
    `pace_seconds` lie between two deliveries, and the next can start at `free_at`.
    """

    arn: str
    topic_arn: str
    protocol: str
    endpoint: str
    target: str
    owner: str
    attributes: dict[str, str] = field(default_factory=dict)
    pending: bool = False
    authenticated: bool = True
    token: str = ""
    token_at: float = 0.0
    raw: bool = False
    filter_policy: FilterPolicy | None = None
    dead_letter_queue: str = ""
    schedule: Schedule = AWS_MANAGED
    pace_seconds: float = 0.0
    free_at: float = 0.0
    content_type: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """The answer to a publish to a FIFO topic, which a duplicate gets, too."""

    message_id: str
    sequence: str


@dataclass(eq=False)
class Topic:
    """One topic, its subscriptions in the order in which they were made.

    `deactivated`: those that ended and that a token (the key) can restore.
    """

    arn: str
    name: str
    owner: str
    attributes: dict[str, str]
    tags: dict[str, str]
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    subscriptions_deleted: int = 0
    deactivated: dict[str, Subscription] = field(default_factory=dict)
    deduplication: Deduplication[Published] = field(default_factory=Deduplication)
    published: int = 0
    data_protection_policy: str = ""

    @property
    def fifo(self) -> bool:
        """Is it a FIFO topic?"""
        return self.name.endswith(".fifo")

    def next_sequence(self) -> str:
        """The sequence number of the next message: 20 digits, and increasing."""
        self.published += 1
        return f"{_FIRST_SEQUENCE + self.published * 1000}"

    @property
    def region(self) -> str:
        """The region that it lives in; there is no way to it from another."""
        return self.arn.split(":", 4)[3]

    @property
    def signature_version(self) -> str:
        """The version of the signatures in its envelopes."""
        return self.attributes.get("SignatureVersion") or "1"


class Store:
    """All topics and subscriptions, by ARN."""

    def __init__(self) -> None:
        self._topics: dict[str, Topic] = {}
        self._subscriptions: dict[str, Subscription] = {}

    def add(self, topic: Topic) -> None:
        """A new topic."""
        self._topics[topic.arn] = topic

    def find(self, arn: str) -> Topic | None:
        """The topic of an ARN, if there is one."""
        return self._topics.get(arn)

    def topic(self, arn: str, region: str, parameter: str = "TopicArn") -> Topic:
        """The topic of an ARN. Raises NotFound, and InvalidParameter for what is no ARN of this region."""
        check_arn(arn, region, parameter)
        topic = self._topics.get(arn)
        if topic is None:
            raise not_found("Topic")
        return topic

    def topics_of(self, caller: Caller) -> list[Topic]:
        """The topics of the caller's region and account, by name."""
        here = f"arn:aws:sns:{caller.region}:{caller.account}:"
        return sorted((t for t in self._topics.values() if t.arn.startswith(here)), key=lambda t: t.arn)

    def delete(self, topic: Topic) -> None:
        """The topic is gone, and its subscriptions with it."""
        for subscription in list(topic.subscriptions.values()):
            self.unsubscribe(subscription)
        del self._topics[topic.arn]

    def subscribe(self, topic: Topic, subscription: Subscription) -> None:
        """A new subscription, or one that is restored."""
        subscription.gone = False
        topic.subscriptions[subscription.arn] = subscription
        self._subscriptions[subscription.arn] = subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """The subscription is gone; what is still on its way is given up."""
        subscription.gone = True
        del self._subscriptions[subscription.arn]
        topic = self._topics[subscription.topic_arn]
        del topic.subscriptions[subscription.arn]
        topic.subscriptions_deleted += 1

    def find_subscription(self, arn: str, region: str) -> Subscription | None:
        """The subscription of an ARN, if there is one. Raises InvalidParameter for what is no ARN of a
        subscription in this region."""
        check_arn(arn, region, "SubscriptionArn")
        if arn.count(":") < 6:
            raise invalid("SubscriptionId")
        return self._subscriptions.get(arn)

    def subscription(self, arn: str, region: str) -> Subscription:
        """The subscription of an ARN. Raises NotFound, and InvalidParameter for what is no ARN of one."""
        found = self.find_subscription(arn, region)
        if found is None:
            raise not_found("Subscription")
        return found

    def topic_of(self, subscription: Subscription) -> Topic:
        """The topic that a subscription is of."""
        return self._topics[subscription.topic_arn]

    def subscriptions(self) -> Iterator[Subscription]:
        """All subscriptions, in the order in which they were made."""
        return iter(self._subscriptions.values())
