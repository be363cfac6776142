"""The notification configurations of buckets, and the events that they pick. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "TopicConfigurations": ("TopicArn", "Topic"),
    "QueueConfigurations": ("QueueArn", "Queue"),
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "CloudFunction"),
}
"""The lists of a configuration: the member with the ARN, and what errors call it."""


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
