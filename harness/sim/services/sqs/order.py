"""The order in which consumers get the messages of a queue."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

from harness.sim.services.sqs.message import Message, State


def overtaken_by_none() -> int:
    """No message is overtaken."""
    return 0


class Order:
    """Keeps the order of messages as they come, become visible and leave, and gives the next for a consumer.

    A receive calls `next` as often as it needs, and then `end`.
    """

    def joins(self, message: Message, *, at_head: bool = False) -> None:
        """It came into the queue; it isn't visible yet. `at_head`: before all others of its group."""

    def shows(self, message: Message) -> None:
        """It is visible (again)."""

    def leaves(self, message: Message) -> bool:
        """It is gone for good. True: others may have become available by that."""
        return False

    def next(self) -> Message | None:
        """The next one that may be handed out, each once in a receive."""
        raise NotImplementedError

    def end(self) -> None:
        """The receive is over."""


class StandardOrder(Order):
    """A standard queue: about in the order in which messages were sent, as far as they are visible.

    `overtaken_by` says, each time a message becomes visible, how many others may overtake it.
    """

    def __init__(self, overtaken_by: Callable[[], int] = overtaken_by_none) -> None:
        self._visible: list[tuple[int, int, int, Message]] = []
        self._sequence = 0
        self._overtaken_by = overtaken_by

    def shows(self, message: Message) -> None:
        self._sequence += 1
        others = self._overtaken_by()
        heappush(self._visible, (message.order + others, others, self._sequence, message))

    def next(self) -> Message | None:
        while self._visible:
            message = heappop(self._visible)[3]
            if message.state is State.VISIBLE:
                return message
        return None


class FifoOrder(Order):
    """A FIFO queue: a receive gets the messages of a group from its head up to the first hidden one.

    So a group waits while its head is hidden, and goes on with a head that is visible again though later
    messages are still in flight. Groups take turns: one that was served goes to the end.
    """

    def __init__(self) -> None:
        self._groups: dict[str, deque[Message]] = {}
        self._turns: deque[str] = deque()
        self._has_turn: set[str] = set()
        self._served: dict[str, None] = {}
        self._current: deque[Message] | None = None
        self._place = 0

    def joins(self, message: Message, *, at_head: bool = False) -> None:
        group = self._groups.setdefault(message.group or "", deque())
        (group.appendleft if at_head else group.append)(message)

    def shows(self, message: Message) -> None:
        self._offer(message.group or "")

    def leaves(self, message: Message) -> bool:
        return self._offer(message.group or "")

    def next(self) -> Message | None:
        while True:
            if (message := self._next_of_group()) is not None:
                return message
            if not self._turns:
                return None
            group = self._turns.popleft()
            self._has_turn.discard(group)
            if self._is_available(group):
                self._served[group] = None
                self._current, self._place = self._groups[group], 0

    def end(self) -> None:
        self._current = None
        if self._served:
            served, self._served = self._served, {}
            for group in served:
                self._offer(group)

    def _next_of_group(self) -> Message | None:
        """The next message of the group that is being served."""
        messages = self._current
        while messages is not None and self._place < len(messages):
            message = messages[self._place]
            self._place += 1
            if message.state is State.VISIBLE:
                return message
            if message.state is not State.GONE:
                break
        self._current = None
        return None

    def _offer(self, group: str) -> bool:
        """Give the group a turn, once. False: it has nothing to give, or is being served."""
        if group in self._served or not self._is_available(group):
            return False
        if group not in self._has_turn:
            self._has_turn.add(group)
            self._turns.append(group)
        return True

    def _is_available(self, group: str) -> bool:
        """Is the group's head visible?"""
        messages = self._groups.get(group)
        while messages and messages[0].state is State.GONE:
            messages.popleft()
        if not messages:
            self._groups.pop(group, None)
            return False
        return messages[0].state is State.VISIBLE
