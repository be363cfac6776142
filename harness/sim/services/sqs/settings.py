"""The settings of a queue that the state machine needs, read from its attributes, and their defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "SqsManagedSseEnabled": "true",
}
FIFO_DEFAULTS = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


@dataclass(frozen=True, slots=True)
class Redrive:
    """The dead-letter queue, and the number of receives after which messages go there."""

    target: str
    max_receives: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a queue; times in seconds.

    `deduplication_per_group` stays as the queue was created, whatever its attributes say later.
    """

    fifo: bool
    visibility_timeout: float
    delay_seconds: float
    wait_seconds: float
    retention_seconds: float
    maximum_size: int
    redrive: Redrive | None
    content_based_deduplication: bool
    deduplication_per_group: bool


def settings_of(attributes: Mapping[str, str]) -> Settings:
    """The settings that these attributes, defaults included, stand for."""
    return _settings_of(tuple(attributes.items()))


@lru_cache(maxsize=1024)
def _settings_of(given: tuple[tuple[str, str], ...]) -> Settings:
    attributes = dict(given)
    return Settings(
        fifo=attributes.get("FifoQueue") == "true",
        visibility_timeout=float(attributes["VisibilityTimeout"]),
        delay_seconds=float(attributes["DelaySeconds"]),
        wait_seconds=float(attributes["ReceiveMessageWaitTimeSeconds"]),
        retention_seconds=float(attributes["MessageRetentionPeriod"]),
        maximum_size=int(attributes["MaximumMessageSize"]),
        redrive=_redrive_of(attributes),
        content_based_deduplication=attributes.get("ContentBasedDeduplication") == "true",
        deduplication_per_group=attributes.get("DeduplicationScope") == "messageGroup",
    )


def _redrive_of(attributes: Mapping[str, str]) -> Redrive | None:
    text = attributes.get("RedrivePolicy")
    if not text:
        return None
    policy = json.loads(text)
    return Redrive(policy["deadLetterTargetArn"], int(policy["maxReceiveCount"]))


def defaults(fifo: bool) -> dict[str, str]:
    """The settings of a queue without any attribute."""
    return {**DEFAULTS, **(FIFO_DEFAULTS if fifo else {})}
