"""What FIFO topics need beside their queues: deduplication, and lines to wait in."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from typing import Any, Generic, TypeVar

DEDUPLICATION_SECONDS = 300.0

T = TypeVar("T")

Earlier = tuple[str, str | None]
"""Id and sequence number of a message."""


def key_of(topic_arn: str, message: Any, *, per_group: bool) -> str:
    """What two messages have in common if the second is a duplicate."""
    dedup = message.message_deduplication_id
    if not dedup:
        dedup = hashlib.sha256(str(message.message_content("sqs")).encode()).hexdigest()
    return f"{topic_arn}\n{message.message_group_id if per_group else ''}\n{dedup}"


class Deduplication:
    """What topics have seen within five minutes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[float, Earlier]] = {}

    def known_or_note(self, key: str, message: Earlier, now: float) -> Earlier | None:
        """The earlier message with this key; None if there is none, then this one is noted."""
        with self._lock:
            seen = self._seen.get(key)
            if seen is not None and now - seen[0] < DEDUPLICATION_SECONDS:
                return seen[1]
            self._seen[key] = (now, message)
            return None

    def forget(self, account: str) -> None:
        """The account is gone."""
        with self._lock:
            mark = f":{account}:"
            self._seen = {key: seen for key, seen in self._seen.items() if mark not in key.split("\n")[0]}


class Lines(Generic[T]):
    """Lines by key. Whoever joins an empty line goes at once, the others when the one before has left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[tuple[str, str], deque[T]] = {}

    def join(self, key: tuple[str, str], one: T) -> bool:
        """True: it is first and may go."""
        with self._lock:
            line = self._lines.setdefault(key, deque())
            line.append(one)
            return len(line) == 1

    def leave(self, key: tuple[str, str]) -> T | None:
        """The first is done; gives the next."""
        with self._lock:
            line = self._lines.get(key)
            if line:
                line.popleft()
            if not line:
                self._lines.pop(key, None)
                return None
            return line[0]

    def forget(self, account: str) -> None:
        """The account is gone."""
        with self._lock:
            self._lines = {key: line for key, line in self._lines.items() if f":{account}:" not in key[0]}
