"""The notification configurations of buckets, and the events that they pick.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from ..arns import parse

SECONDS_TO_RESTORE = 1.0
"""An archived object is there so long after it was asked for: AWS takes hours, and emulators no time."""
NOT_VALID = "Unable to validate the following destination configurations"
KINDS = {
    "TopicConfigurations": ("TopicArn", "Topic"),
    "QueueConfigurations": ("QueueArn", "Queue"),
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "CloudFunction"),
}
"""The lists of a configuration: the member with the ARN, and what errors call it."""


class NotAConfiguration(ValueError):
    """S3 refuses a configuration. `name` and `value`: the argument that is wrong, "" where it names none."""

    def __init__(self, message: str, name: str = "", value: str = "") -> None:
        super().__init__(message)
        self.message, self.name, self.value = message, name, value


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """Something that happened to an object. `name` is like "ObjectCreated:Put"; `reason` the operation.

    `size` and `etag` are None where the object is gone. `at`: epoch seconds. `archived_in`: the storage class
    that an object is restored from, `restored_until`: the end of its copy in epoch seconds, if there is one.
    """

    name: str
    bucket: str
    key: str
    at: float
    region: str
    reason: str
    request_id: str
    sequencer: str
    size: int | None = None
    etag: str = ""
    version: str = ""
    archived_in: str = ""
    restored_until: float | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """One entry of a configuration: the events of a bucket that go to a target."""

    id: str
    target: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""

    def wants(self, name: str) -> bool:
        """Is it for events of this name?"""
        return any(
            each == f"s3:{name}" or (each.endswith("*") and f"s3:{name}".startswith(each[:-1]))
            for each in self.events
        )

    def lets_pass(self, key: str) -> bool:
        """Does its filter let an object of this key pass?"""
        return key.startswith(self.prefix) and key.endswith(self.suffix)

    def overlaps(self, other: Notification) -> bool:
        """Could one event be for both? S3 doesn't allow that."""
        events = any(
            one == another
            or (one.endswith("*") and another.startswith(one[:-1]))
            or (another.endswith("*") and one.startswith(another[:-1]))
            for one in self.events
            for another in other.events
        )
        prefixes = self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix)
        suffixes = self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix)
        return events and prefixes and suffixes


@dataclass(slots=True)
class BucketNotifications:
    """The configuration of one bucket. `given` is what describing it shows; `sent` counts its events."""

    given: dict[str, Any] = field(default_factory=dict)
    notifications: tuple[Notification, ...] = ()
    sent: int = 0

    def configure(self, given: Mapping[str, Any]) -> None:
        """Another configuration takes the place of this one."""
        self.given = dict(given)
        self.notifications = tuple(notification(kind, entry) for kind, entry in entries(given))

    @property
    def to_event_bridge(self) -> bool:
        """Do all events go to EventBridge?"""
        return "EventBridgeConfiguration" in self.given

    def next_sequencer(self, at: float) -> str:
        """A text that is greater for each later event of the bucket."""
        self.sent += 1
        return f"{int(at * 1000):012X}{self.sent:06X}"


def entries(given: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each entry of a configuration, with the list that it is in."""
    for kind in KINDS:
        for entry in given.get(kind) or ():
            yield kind, entry


def notification(kind: str, entry: Mapping[str, Any]) -> Notification:
    """An entry, read."""
    rules = ((entry.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
    found = {rule["Name"].lower(): rule.get("Value", "") for rule in rules}
    return Notification(
        entry["Id"],
        entry[KINDS[kind][0]],
        tuple(entry["Events"]),
        found.get("prefix", ""),
        found.get("suffix", ""),
    )


def completed(given: Mapping[str, Any], known: Collection[str], new_id: Callable[[], str]) -> dict[str, Any]:
    """A configuration as S3 shows it: each entry has an id, and names of filters a capital letter.

    `known`: the names of events. Raises `NotAConfiguration`.
    """
    for kind, entry in entries(given):
        _check(kind, entry, known)
    found: dict[str, Any] = {}
    for kind, entry in entries(given):
        shown = {**entry, "Id": entry.get("Id") or new_id()}
        rules = ((entry.get("Filter") or {}).get("Key") or {}).get("FilterRules")
        if rules is not None:
            named = [{**rule, "Name": rule["Name"].capitalize()} for rule in rules]
            shown["Filter"] = {"Key": {"FilterRules": named}}
        found.setdefault(kind, []).append(shown)
    if given.get("EventBridgeConfiguration") is not None:
        found["EventBridgeConfiguration"] = {}
    _check_overlaps(notification(kind, entry) for kind, entry in entries(found))
    return found


def tried(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The targets of a configuration that S3 tries before it takes it, each with its entry's id, or ""."""
    for kind, entry in entries(given):
        yield entry[KINDS[kind][0]], entry.get("Id") or ""


def out_of_reach(target: str, code: str) -> str:
    """The reason why S3 refuses a target, whose test event failed with this code.

    >>> out_of_reach("arn:aws:sqs:us-east-1:123456789012:work", "AWS.SimpleQueueService.NonExistentQueue")
    'The destination queue does not exist'
    """
    called = {"sqs": "queue", "sns": "topic"}.get(target.split(":")[2], "Lambda function")
    if code == "AccessDenied":
        bar = f"Permissions on the destination {called} do not allow S3"
        return f"{bar} to publish notifications from this bucket"
    return f"The destination {called} does not exist"


def _check(kind: str, entry: Mapping[str, Any], known: Collection[str]) -> None:
    member, called = KINDS[kind]
    target = entry.get(member) or ""
    if parse(target) is None:
        raise NotAConfiguration("The ARN could not be parsed", called, target)
    if target.endswith(".fifo"):
        raise NotAConfiguration("FIFO SQS queues and topics are not supported", called, target)
    if not entry.get("Events") or any(event not in known for event in entry["Events"]):
        raise NotAConfiguration("A specified event is not supported for notifications")
    for rule in ((entry.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ():
        if rule.get("Name", "").lower() not in ("prefix", "suffix"):
            message = "filter rule name must be either prefix or suffix"
            raise NotAConfiguration(message, "FilterRule.Name", rule.get("Name", ""))


def _check_overlaps(notifications: Iterator[Notification]) -> None:
    if any(one.overlaps(other) for one, other in combinations(notifications, 2)):
        raise NotAConfiguration(
            "Configurations overlap. Configurations on the same bucket cannot share a common event type."
        )


def reason(operation: str) -> str:
    """The name that events for EventBridge have for an operation."""
    return "DeleteObject" if operation == "DeleteObjects" else operation
