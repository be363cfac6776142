"""Topics, subscriptions and messages, and how they change. Pure: time comes in as an argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.aws.rules.delivery_policy import AWS_MANAGED, Schedule
from harness.aws.rules.fifo import Deduplication, content_based_id, deduplication_key
from harness.aws.rules.filter_policy import FilterPolicy
from harness.frozen import quickly_made

TOKEN_SECONDS = 172_800.0
"""A token can be used for two days, and a subscription waits so long for it."""
_FIRST_SEQUENCE = 10_000_000_000_000_000_000


@quickly_made
@dataclass(frozen=True, slots=True)
class PublishedMessage:
    """One message. `texts`: by protocol, where MessageStructure is "json". `at`: epoch seconds. `sequence`:
    its number in a FIFO topic. `trace`: the X-Ray header of the call that published it."""

    id: str
    topic_arn: str
    text: str
    at: float
    subject: str | None = None
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    texts: Mapping[str, str] | None = None
    group: str | None = None
    dedup: str = ""
    sequence: str | None = None
    trace: str = ""

    def text_for(self, protocol: str) -> str:
        """The text that subscribers of a protocol get."""
        return self.text if self.texts is None else self.texts.get(protocol, self.text)


@dataclass(eq=False)
class Subscription:
    """One subscription. Deliveries read its attributes in the form that `apply` gives them.

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

    def give_token(self, token: str, now: float) -> None:
        """The endpoint can confirm with this token for two days."""
        self.token, self.token_at = token, now

    def start_of_next(self, now: float) -> float:
        """The moment at which the next delivery can start, which it then takes."""
        start = max(now, self.free_at) if self.pace_seconds else now
        self.free_at = start + self.pace_seconds
        return start


@dataclass(eq=False)
class TopicState:
    """One topic, its subscriptions in the order in which they were made.

    `deactivated`: those that ended and that a token (the key) can restore. `published`: how many messages a
    FIFO topic has numbered.
    """

    arn: str
    name: str
    owner: str
    attributes: dict[str, str]
    tags: dict[str, str]
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    subscriptions_deleted: int = 0
    deactivated: dict[str, Subscription] = field(default_factory=dict)
    deduplication: Deduplication[PublishedMessage] = field(default_factory=Deduplication)
    published: int = 0
    data_protection_policy: str = ""

    @property
    def fifo(self) -> bool:
        """Is it a FIFO topic?"""
        return self.name.endswith(".fifo")

    @property
    def region(self) -> str:
        """Its region; it can't be reached from another one."""
        return self.arn.split(":", 4)[3]

    @property
    def content_based(self) -> bool:
        """Does it deduplicate by the body where a message has no id for that?"""
        return self.attributes.get("ContentBasedDeduplication") == "true"

    @property
    def signature_version(self) -> str:
        """The version of the signatures in its envelopes."""
        return self.attributes.get("SignatureVersion") or "1"

    def accept(
        self, message: PublishedMessage, body: str, now: float
    ) -> tuple[PublishedMessage, PublishedMessage | None]:
        """The message as the topic takes it, and the earlier one of which it is a duplicate.

        A FIFO topic gives it a number, and a deduplication id from the body as it was sent where it has none.
        """
        if not self.fifo:
            return message, None
        message = replace(message, dedup=message.dedup or content_based_id(body))
        per_group = self.attributes.get("FifoThroughputScope") == "MessageGroup"
        key = deduplication_key(message.dedup, message.group, per_group=per_group)
        earlier = self.deduplication.known(key, now)
        if earlier is not None:
            return message, earlier
        self.published += 1
        message = replace(message, sequence=f"{_FIRST_SEQUENCE + self.published * 1000}")
        self.deduplication.note(key, message, now)
        return message, None

    def subscription_of(self, protocol: str, endpoint: str) -> Subscription | None:
        """The subscription of an endpoint, which has one at most."""
        same = (s for s in self.subscriptions.values() if (s.protocol, s.endpoint) == (protocol, endpoint))
        return next(same, None)


class TopicStore:
    """All topics and subscriptions, by ARN."""

    def __init__(self) -> None:
        self._topics: dict[str, TopicState] = {}
        self._subscriptions: dict[str, Subscription] = {}

    def add(self, topic: TopicState) -> None:
        """A new topic."""
        self._topics[topic.arn] = topic

    def delete(self, topic: TopicState) -> None:
        """The topic is gone, and its subscriptions with it."""
        for subscription in list(topic.subscriptions.values()):
            self.unsubscribe(subscription)
        del self._topics[topic.arn]

    def find(self, arn: str) -> TopicState | None:
        """The topic of an ARN, if there is one."""
        return self._topics.get(arn)

    def topics_below(self, prefix: str) -> list[TopicState]:
        """The topics whose ARNs begin so, by name."""
        return sorted((t for t in self._topics.values() if t.arn.startswith(prefix)), key=lambda t: t.arn)

    def subscribe(self, topic: TopicState, subscription: Subscription) -> None:
        """A new subscription, or one that is restored."""
        subscription.gone = False
        topic.subscriptions[subscription.arn] = subscription
        self._subscriptions[subscription.arn] = subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """The subscription is gone; deliveries under way end without arriving."""
        subscription.gone = True
        del self._subscriptions[subscription.arn]
        topic = self._topics[subscription.topic_arn]
        del topic.subscriptions[subscription.arn]
        topic.subscriptions_deleted += 1

    def deactivate(self, subscription: Subscription, token: str, now: float) -> None:
        """The subscription is gone until its endpoint restores it with the token."""
        topic = self._topics[subscription.topic_arn]
        self.unsubscribe(subscription)
        subscription.give_token(token, now)
        topic.deactivated[token] = subscription

    def confirm(self, topic: TopicState, token: str, now: float) -> Subscription | None:
        """The subscription that a token confirms, or restores unless a new one took its place; None: the
        token is nobody's, or too old."""
        ended = topic.deactivated.pop(token, None)
        found = ended or next((s for s in topic.subscriptions.values() if s.token == token), None)
        if found is None or now - found.token_at > TOKEN_SECONDS:
            return None
        if ended is not None:
            if topic.subscription_of(ended.protocol, ended.endpoint) is not None:
                return None
            self.subscribe(topic, ended)
        found.pending, found.authenticated = False, True
        return found

    def forget_unconfirmed(self, subscription: Subscription) -> None:
        """Nobody has confirmed it in time: it is gone."""
        if subscription.pending and not subscription.gone:
            self.unsubscribe(subscription)

    def find_subscription(self, arn: str) -> Subscription | None:
        """The subscription of an ARN, if there is one."""
        return self._subscriptions.get(arn)

    def topic_of(self, subscription: Subscription) -> TopicState:
        """The topic that a subscription is of."""
        return self._topics[subscription.topic_arn]

    def subscriptions(self) -> Iterator[Subscription]:
        """All subscriptions, in the order in which they were made."""
        return iter(self._subscriptions.values())
