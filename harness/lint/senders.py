"""The deliveries that a template asks for: by topics, rules, schedules and buckets, to queues and
functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness import aws
from harness.lint.physical import BUCKET, FUNCTION, RULE, TOPIC
from harness.lint.values import Path, document, items, step
from harness.lint.wiring import Resource, Wiring

SCHEDULE = "AWS::Scheduler::Schedule"


@dataclass(frozen=True)
class WrittenSubscription:
    """A subscription to a topic. `resource` is where it was written: by itself, or inside its topic."""

    resource: Resource
    topic: Resource | None
    topic_arn: Any
    protocol: Any
    endpoint: Any
    redrive: Any
    within: Path = ()

    @property
    def is_inline(self) -> bool:
        """Does it stand inside its topic?"""
        return self.resource.type == TOPIC


@dataclass(frozen=True)
class Target:
    """A target of a rule or a schedule."""

    resource: Resource
    settings: Any
    within: Path

    def at(self, *path: str | int) -> Any:
        """The value at a path of its settings."""
        return step(self.settings, *path)


@dataclass(frozen=True)
class AskedDelivery:
    """A queue that a service of AWS sends to by itself, on behalf of `source_arn`."""

    service: str
    source_arn: Any
    queue: Resource
    by: Resource
    within: Path = ()
    is_dead_letter: bool = False


def subscriptions(app: Wiring) -> Iterator[WrittenSubscription]:
    """Every subscription, those written inside of topics included."""
    for resource in app.of("AWS::SNS::Subscription"):
        arn = resource.at("TopicArn")
        yield WrittenSubscription(
            resource,
            app.named(arn, TOPIC),
            arn,
            resource.at("Protocol"),
            resource.at("Endpoint"),
            document(resource.at("RedrivePolicy")),
        )
    for topic in app.of(TOPIC):
        for index, inline in enumerate(items(topic.at("Subscription"))):
            protocol, endpoint = step(inline, "Protocol"), step(inline, "Endpoint")
            arn = app.arn(topic)
            yield WrittenSubscription(topic, topic, arn, protocol, endpoint, None, ("Subscription", index))


def rule_targets(app: Wiring) -> Iterator[Target]:
    """The targets of EventBridge's rules."""
    for rule in app.of(RULE):
        if rule.at("State") == "DISABLED":
            continue
        for index, target in enumerate(items(rule.at("Targets"))):
            yield Target(rule, target, ("Targets", index))


def schedule_targets(app: Wiring) -> Iterator[Target]:
    """The targets of EventBridge Scheduler."""
    for schedule in app.of(SCHEDULE):
        if schedule.at("State") != "DISABLED" and schedule.at("Target") is not None:
            yield Target(schedule, schedule.at("Target"), ("Target",))


def notifications(app: Wiring, kind: str, name: str) -> Iterator[tuple[Resource, Any, Path]]:
    """Notifications of buckets: the bucket, the ARN notified, and the path of that setting."""
    for bucket in app.of(BUCKET):
        for index, each in enumerate(items(bucket.at("NotificationConfiguration", kind))):
            yield bucket, step(each, name), ("NotificationConfiguration", kind, index)


def destinations(app: Wiring) -> Iterator[tuple[Resource, Any, Path]]:
    """Failure targets of functions, mappings, rules and schedules: sender, target, path of the setting.

    Destinations of success are among them. All of these take standard queues and topics only.
    """
    for function in app.of(FUNCTION):
        yield function, function.at("DeadLetterConfig", "TargetArn"), ("DeadLetterConfig",)
    for config in (*app.of("AWS::Lambda::EventInvokeConfig"), *app.mappings()):
        for outcome in ("OnFailure", "OnSuccess"):
            path = ("DestinationConfig", outcome)
            yield config, config.at(*path, "Destination"), path
    for target in (*rule_targets(app), *schedule_targets(app)):
        yield target.resource, target.at("DeadLetterConfig", "Arn"), (*target.within, "DeadLetterConfig")


def deliveries(app: Wiring) -> Iterator[AskedDelivery]:
    """Messages that services send to queues of the template without a role of yours."""
    for each in subscriptions(app):
        if each.protocol == "sqs":
            yield from _to(app, "sns", each.topic_arn, each.endpoint, each.resource, each.within)
        dead_letters = step(each.redrive, "deadLetterTargetArn")
        within = (*each.within, "RedrivePolicy")
        yield from _to(app, "sns", each.topic_arn, dead_letters, each.resource, within, is_dead_letter=True)
    for target in rule_targets(app):
        if target.at("RoleArn") is not None:
            continue
        arn = app.arn(target.resource)
        yield from _to(app, "events", arn, target.at("Arn"), target.resource, target.within)
        dead_letters = target.at("DeadLetterConfig", "Arn")
        within = (*target.within, "DeadLetterConfig")
        yield from _to(app, "events", arn, dead_letters, target.resource, within, is_dead_letter=True)
    for bucket, arn, within in notifications(app, "QueueConfigurations", "Queue"):
        yield from _to(app, "s3", app.arn(bucket), arn, bucket, within)


def _to(
    app: Wiring,
    service: str,
    source: Any,
    target: Any,
    by: Resource,
    within: Path,
    *,
    is_dead_letter: bool = False,
) -> Iterator[AskedDelivery]:
    queue = app.queue(target)
    if queue is not None:
        principal = aws.service(service).principal or ""
        yield AskedDelivery(principal, source, queue, by, within, is_dead_letter)
