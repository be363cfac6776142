"""FIFO topics: deduplication and order within groups, shared by LocalStack's threads."""

from __future__ import annotations

import threading
from typing import Any, TypeVar

from ...aws.rules import fifo
from ...aws.rules.fifo import content_based_id, deduplication_key

T = TypeVar("T")

Earlier = tuple[str, str | None]
"""Id and sequence number of a message."""


def id_of(message: Any) -> str:
    """Its deduplication id, given or by its content."""
    return message.message_deduplication_id or content_based_id(str(message.message_content("sqs")))


def key_of(message: Any, *, per_group: bool) -> tuple[str, str]:
    """The key that two messages of a topic share if the second is a duplicate."""
    return deduplication_key(id_of(message), message.message_group_id, per_group=per_group)


class TopicDeduplication:
    """The messages of the last five minutes, by topic."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._topics: dict[str, fifo.Deduplication[Earlier]] = {}

    def known_or_note(
        self, topic_arn: str, key: tuple[str, str], message: Earlier, now: float
    ) -> Earlier | None:
        """The earlier message with this key; None if there is none, then this one is noted."""
        with self._lock:
            seen = self._topics.setdefault(topic_arn, fifo.Deduplication())
            earlier = seen.known(key, now)
            if earlier is None:
                seen.note(key, message, now)
            return earlier

    def forget(self, account: str) -> None:
        """The account is gone."""
        with self._lock:
            self._topics = {arn: seen for arn, seen in self._topics.items() if f":{account}:" not in arn}


class LockedGroupOrder(fifo.GroupOrder[tuple[str, str], T]):
    """The same for threads that enter and finish at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def enter(self, group: tuple[str, str], item: T) -> bool:
        with self._lock:
            return super().enter(group, item)

    def finish(self, group: tuple[str, str]) -> T | None:
        with self._lock:
            return super().finish(group) if group in self._waiting else None

    def forget(self, account: str) -> None:
        """The account is gone. Groups are named by subscription."""
        with self._lock:
            for group in [one for one in self._waiting if f":{account}:" in one[0]]:
                del self._waiting[group]
