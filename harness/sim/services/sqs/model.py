"""The state machine of a queue: pure data and transitions; time comes in as an argument.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TypeVar

from harness.aws.rules.fifo import Deduplication
from harness.sim.services.sqs.message import Message, State, parse_handle
from harness.sim.services.sqs.order import FifoOrder, Order, StandardOrder, overtaken_by_none
from harness.sim.services.sqs.settings import Settings

ATTEMPT_SECONDS = 300.0
VISIBILITY_MAX_SECONDS = 43_200.0
IN_FLIGHT_MAX = 120_000


class InvalidHandle(Exception):
    """It never was a receipt handle."""


class OtherQueue(Exception):
    """It is a receipt handle of another queue."""


class HandleExpired(Exception):
    """The visibility timeout under this handle is over, and the queue is FIFO."""


class Gone(Exception):
    """The message isn't in the queue."""


class BeyondLimit(Exception):
    """The message would be hidden for more than 12 hours in all."""


class TooManyInFlight(Exception):
    """The queue delivers no more until some are deleted or visible again."""


@dataclass(frozen=True, slots=True)
class Handed:
    """The result of a receive: messages delivered, and those that have failed too often."""

    out: tuple[Message, ...]
    failed: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """The result of a delete. `late`: the message was no longer in flight under that handle."""

    message_id: str
    deleted: bool
    late: bool


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The messages received under a ReceiveRequestAttemptId, with their handles at that time."""

    at: float
    messages: tuple[tuple[Message, int, float], ...]


Entry = tuple[float, int, Message]
_NONE = dict.fromkeys(State, 0)


class QueueState:
    """One queue's messages. `tag` marks its receipt handles; `overtaken_by`: see `StandardOrder`.

    A message object that has left is never added again: what moves on is a copy of it.
    `news` is set whenever a message may have become available, `changed` whenever the next moment at which
    something happens by itself may be another one; whoever acts on them resets them.
    """

    def __init__(
        self, settings: Settings, tag: str = "", overtaken_by: Callable[[], int] = overtaken_by_none
    ) -> None:
        self.settings = settings
        self.news = self.changed = False
        self._tag = tag
        self._came_in = 0
        self._by_id: dict[str, Message] = {}
        self._counts = dict(_NONE)
        self._waiting: list[Entry] = []
        self._ages: list[Entry] = []
        self._order: Order = FifoOrder() if settings.fifo else StandardOrder(overtaken_by)
        self._dedup: Deduplication[Message] = Deduplication()
        self._attempts: dict[str, _Attempt] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._by_id.values())

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._by_id

    def configure(self, settings: Settings) -> None:
        """From now on it has these settings."""
        self.settings = settings
        self.changed = True

    def count(self, state: State) -> int:
        """The number of messages in a state."""
        return self._counts[state]

    def known(self, dedup_key: tuple[str, str], now: float) -> Message | None:
        """The message that was sent under this deduplication key in the last five minutes."""
        return self._dedup.known(dedup_key, now)

    def add(
        self,
        message: Message,
        now: float,
        delay_seconds: float = 0.0,
        dedup_key: tuple[str, str] | None = None,
        *,
        at_head: bool = False,
    ) -> None:
        """A message comes in, visible after the delay. `at_head`: of its group."""
        self._came_in += 1
        message.order = self._came_in
        message.tag = self._tag
        message.arrived_at = now
        message.receives_here = 0
        message.lapsed = 0
        self._by_id[message.id] = message
        self._order.joins(message, at_head=at_head)
        heappush(self._ages, (message.sent_at, message.order, message))
        if dedup_key:
            self._dedup.note(dedup_key, message, now)
        if delay_seconds > 0:
            self._hide(message, State.DELAYED, now + delay_seconds)
        else:
            self._show(message)

    def put_back(self, message: Message, now: float, delay_seconds: float) -> None:
        """A failed message that was taken out comes back unchanged, in its old place, after the delay."""
        receives, order = message.receives_here, message.order
        self.add(message, now, delay_seconds, at_head=True)
        message.receives_here, message.order = receives, order

    def lapse(self, now: float) -> list[Message]:
        """Make messages visible that are due by now. Returns those that were in flight."""
        lapsed = []
        while self._waiting and self._waiting[0][0] <= now:
            entry = heappop(self._waiting)
            if _is_hidden(entry):
                message = entry[2]
                if message.state is State.IN_FLIGHT:
                    message.lapsed = message.receipt
                    lapsed.append(message)
                self._show(message)
        return lapsed

    def next_visible_at(self) -> float | None:
        """The time when the next hidden message becomes visible."""
        waiting = self._waiting
        while waiting:
            if _is_hidden(waiting[0]):
                return waiting[0][0]
            heappop(waiting)
        return None

    def expire(self, now: float) -> list[Message]:
        """Remove messages older than the retention period."""
        expired = []
        while self._ages and self._ages[0][0] + self.settings.retention_seconds <= now:
            message = heappop(self._ages)[2]
            if message.state is not State.GONE:
                self.remove(message)
                expired.append(message)
        return expired

    def next_expiry(self) -> float | None:
        """The time when the oldest message expires."""
        ages = self._ages
        while ages and ages[0][2].state is State.GONE:
            heappop(ages)
        return ages[0][0] + self.settings.retention_seconds if ages else None

    def hand_out(
        self, limit: int, now: float, visibility_seconds: float, max_receives: int | None = None
    ) -> Handed:
        """A consumer asks: messages go in flight, or have failed too often. Raises `TooManyInFlight`."""
        limit = min(limit, IN_FLIGHT_MAX - self._counts[State.IN_FLIGHT])
        if limit <= 0:
            raise TooManyInFlight
        out: list[Message] = []
        failed: list[Message] = []
        while len(out) < limit and (message := self._order.next()) is not None:
            if max_receives is not None and message.receives_here >= max_receives:
                self.remove(message)
                failed.append(message)
                continue
            message.receive_count += 1
            message.receives_here += 1
            message.receipt += 1
            message.received_at = now
            if message.first_received_at is None:
                message.first_received_at = now
            out.append(message)
            if visibility_seconds > 0:
                self._hide(message, State.IN_FLIGHT, now + visibility_seconds)
        if visibility_seconds <= 0:
            for message in out:
                self._order.shows(message)
        self._order.end()
        return Handed(tuple(out), tuple(failed))

    def pop(self) -> Message | None:
        """Take out the next visible message without receiving it."""
        message = self._order.next()
        self._order.end()
        if message is not None:
            self.remove(message)
        return message

    def remember(self, attempt: str, out: tuple[Message, ...], now: float) -> None:
        """These messages were received under this ReceiveRequestAttemptId."""
        _forget(self._attempts, lambda seen: now - seen.at >= ATTEMPT_SECONDS)
        self._attempts.pop(attempt, None)
        self._attempts[attempt] = _Attempt(now, tuple((m, m.receipt, m.visible_at) for m in out))

    def repeat(self, attempt: str, now: float, visibility_seconds: float) -> tuple[Message, ...]:
        """The same receive again: the same messages and handles, hidden anew.

        Empty if five minutes are over or one of them was deleted, hidden otherwise or received again.
        """
        seen = self._attempts.get(attempt)
        if seen is None or now - seen.at >= ATTEMPT_SECONDS or visibility_seconds <= 0:
            return ()
        for message, receipt, visible_at in seen.messages:
            unchanged = message.receipt == receipt and message.visible_at == visible_at
            if message.state is not State.IN_FLIGHT or not unchanged:
                return ()
        for message, _, _ in seen.messages:
            self._hide(message, State.IN_FLIGHT, now + visibility_seconds)
        again = tuple(message for message, _, _ in seen.messages)
        self._attempts[attempt] = _Attempt(seen.at, tuple((m, m.receipt, m.visible_at) for m in again))
        return again

    def delete(self, handle: str) -> Deletion:
        """Delete by receipt handle.

        Raises `InvalidHandle`, `OtherQueue`, and `HandleExpired` on a FIFO queue. A standard queue deletes
        also a message that is visible again. One that was received anew after the visibility timeout of the
        handle had passed it keeps, and answers the same.
        """
        message_id, message, receipt = self._of_handle(handle)
        if message is None:
            return Deletion(message_id, deleted=False, late=False)
        is_latest, in_flight = receipt == message.receipt, message.state is State.IN_FLIGHT
        has_lapsed = receipt <= message.lapsed
        if self.settings.fifo and (has_lapsed or not in_flight):
            raise HandleExpired(message_id)
        if is_latest or not has_lapsed:
            self.remove(message)
            return Deletion(message_id, deleted=True, late=not (is_latest and in_flight))
        return Deletion(message_id, deleted=False, late=True)

    def change_visibility(self, handle: str, seconds: float, now: float) -> str | None:
        """Hide it for so long from now on; 0 makes it visible. Gives its id, None if it isn't in flight: then
        it stays as it is.

        Raises `InvalidHandle`, `OtherQueue`, `Gone`, `BeyondLimit`, and `HandleExpired` on a FIFO queue.
        """
        message_id, message, receipt = self._of_handle(handle)
        if message is None:
            raise Gone(message_id)
        if receipt <= message.lapsed or message.state is not State.IN_FLIGHT:
            if self.settings.fifo:
                raise HandleExpired(message_id)
            return None
        if now + seconds - message.received_at > VISIBILITY_MAX_SECONDS:
            raise BeyondLimit(message_id)
        if seconds > 0:
            self._hide(message, State.IN_FLIGHT, now + seconds)
        else:
            self._show(message)
        return message_id

    def redelay(self, delay_seconds: float, now: float) -> None:
        """A FIFO queue's new delay counts for messages that are already delayed, too."""
        for message in self.oldest_first():
            if message.state is State.DELAYED:
                until = message.arrived_at + delay_seconds
                if until > now:
                    self._hide(message, State.DELAYED, until)
                else:
                    self._show(message)

    def remove(self, message: Message) -> None:
        """Take it out, whatever its state."""
        self.changed = True
        self._counts[message.state] -= 1
        message.state = State.GONE
        del self._by_id[message.id]
        if self._order.leaves(message):
            self.news = True
        if len(self._ages) > 2 * len(self._by_id) + 64:
            self._ages = [entry for entry in self._ages if entry[2].state is not State.GONE]
            heapify(self._ages)

    def clear(self) -> list[Message]:
        """Take out everything, and forget earlier deduplication keys."""
        messages = list(self._by_id.values())
        for message in messages:
            self.remove(message)
        self._dedup = Deduplication()
        return messages

    def oldest_first(self) -> list[Message]:
        """Every message, in the order in which they came."""
        return sorted(self._by_id.values(), key=lambda message: message.order)

    def _of_handle(self, handle: str) -> tuple[str, Message | None, int]:
        """Id of a handle's message, the message if it is there, and the number of the handle's receive."""
        parsed = parse_handle(handle)
        if parsed is None:
            raise InvalidHandle(handle)
        if parsed[0] != self._tag:
            raise OtherQueue(handle)
        return parsed[1], self._by_id.get(parsed[1]), parsed[2]

    def _hide(self, message: Message, state: State, until: float) -> None:
        self.changed = True
        if message.state is not State.GONE:
            self._counts[message.state] -= 1
        self._counts[state] += 1
        message.state = state
        message.visible_at = until
        if len(self._waiting) > 2 * len(self._by_id) + 64:
            self._waiting = [entry for entry in self._waiting if _is_hidden(entry)]
            heapify(self._waiting)
        heappush(self._waiting, (until, message.order, message))

    def _show(self, message: Message) -> None:
        if message.state is not State.GONE:
            self._counts[message.state] -= 1
        self._counts[State.VISIBLE] += 1
        message.state = State.VISIBLE
        self._order.shows(message)
        self.news = self.changed = True


def _is_hidden(entry: Entry) -> bool:
    """Does the entry still say when its message becomes visible?"""
    message = entry[2]
    hidden = message.state is State.IN_FLIGHT or message.state is State.DELAYED
    return hidden and message.visible_at == entry[0]


T = TypeVar("T")


def _forget(entries: dict[str, T], is_over: Callable[[T], bool]) -> None:
    """Drop expired entries; they are in order of time."""
    while entries and is_over(entries[oldest := next(iter(entries))]):
        del entries[oldest]
