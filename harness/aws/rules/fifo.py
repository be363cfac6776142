"""FIFO queues and topics: deduplication, and the order within a group.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-dedup.html
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

DEDUPLICATION_SECONDS = 300.0

Group = TypeVar("Group", bound=Hashable)
Item = TypeVar("Item")


def content_based_id(body: str) -> str:
    """The deduplication id of a message that was sent without one."""
    return hashlib.sha256(body.encode()).hexdigest()


def deduplication_key(dedup: str, group: str | None, *, per_group: bool) -> tuple[str, str]:
    """The key that two messages share if the second is a duplicate of the first."""
    return (group or "") if per_group else "", dedup


class Deduplication(Generic[Item]):
    """The messages of the last five minutes, by their deduplication keys."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, tuple[float, Item]] = {}

    def known(self, key: Hashable, now: float) -> Item | None:
        """The message that was accepted under this key within the window."""
        self._forget(now)
        entry = self._seen.get(key)
        return None if entry is None else entry[1]

    def note(self, key: Hashable, item: Item, now: float) -> None:
        """A message was accepted under this key."""
        self._seen.pop(key, None)
        self._seen[key] = (now, item)

    def _forget(self, now: float) -> None:
        """The oldest entries come first, as each is put at the end when it is noted."""
        while self._seen:
            oldest = next(iter(self._seen))
            if now - self._seen[oldest][0] < DEDUPLICATION_SECONDS:
                break
            del self._seen[oldest]


class GroupOrder(Generic[Group, Item]):
    """Deliveries of which each starts when the one before it in its group has finished."""

    def __init__(self) -> None:
        self._waiting: dict[Group, deque[Item]] = {}

    def enter(self, group: Group, item: Item) -> bool:
        """Take a delivery in. True: none of its group is under way, so it can start now."""
        waiting = self._waiting.get(group)
        if waiting is None:
            self._waiting[group] = deque()
            return True
        waiting.append(item)
        return False

    def finish(self, group: Group) -> Item | None:
        """The delivery that was under way has finished; gives the next, which can start now."""
        waiting = self._waiting[group]
        if waiting:
            return waiting.popleft()
        del self._waiting[group]
        return None
