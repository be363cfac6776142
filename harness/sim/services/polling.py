"""The taking of batches from a queue, which event source mappings and pipes share.

Event-driven: it waits for the queue's signal, so that an idle one doesn't keep a run from settling.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from harness.aws.rules.batches import record_of, within_payload
from harness.aws.rules.filter_criteria import Filter, wants_record
from harness.aws.rules.scaling import Scale
from harness.history import Event
from harness.history.vocabulary import Cause
from harness.sim.activities import Killed, Signal, Task
from harness.sim.services.service import ServiceError, Source, Taken

if TYPE_CHECKING:
    from harness.sim.world import World

RECEIVE_MAX = 10
POLL_SECONDS_MAX = 0.02
"""A waiting poll answers within this: messages sent at about the same time come in one batch."""
SHORT_RECEIVE_PROBABILITY = 0.25
"""Share of receives from a standard queue that return fewer messages than there are: it samples servers."""
SCALING_SECONDS = 1.0
"""Interval at which a poller whose batches all run checks whether it has scaled."""


@dataclass(frozen=True, slots=True)
class Polled:
    """The ARNs of the queue that is polled and of where its batches go, and how batches are made."""

    source: str
    target: str
    batch_size: int
    window_seconds: int = 0
    patterns: tuple[Filter, ...] = ()
    concurrency_max: int | None = None


class Polling:
    """Polls one queue, and runs each batch in an activity of its own: subclasses say how.

    `actor` is its name in the history. `bare`: no code but the cloud's runs a batch.
    """

    bare: ClassVar[bool] = False

    def __init__(self, world: World, polled: Polled, actor: str) -> None:
        self.actor = actor
        self._world = world
        self._polled = polled
        self._source: Source = world.source(polled.source)
        self._fifo = bool(self._source.settings(polled.source).get("fifo"))
        self._scale = Scale(polled.concurrency_max, self._world.kernel.now)
        self._running = 0
        self._finished = Signal()
        self._left_over: deque[Taken] = deque()
        self._chance = world.kernel.chance(f"{self.actor} polls {world.names.of(polled.source)}")
        self._received: Event | None = None
        self._task: Task | None = None
        self.problem: str | None = None

    def run_batch(self, batch: Sequence[Taken]) -> None:
        """Have one batch run; acknowledge what succeeded."""
        raise NotImplementedError

    def poll(self, polled: Polled) -> None:
        """From now on it polls, with these settings."""
        self.stop()
        self._polled = polled
        self._scale = Scale(polled.concurrency_max, self._world.kernel.now)
        self.problem = None
        self._task = self._world.kernel.spawn(self.actor, self._live, bare=self.bare)

    def stop(self) -> None:
        """No more batches; those that run go on. Messages that were gathered become visible again."""
        if self._task is not None and not self._task.ended:
            task, self._task = self._task, None
            task.kill()

    def _live(self) -> None:
        with self._world.recorder.caused_by(None, actor=self.actor):
            while self.problem is None:
                self._await_a_place()
                batch = self._gather()
                self._running += 1
                with self._world.recorder.caused_by(self._received):
                    self._world.kernel.spawn(self.actor, partial(self._process, batch), bare=self.bare)

    def _await_a_place(self) -> None:
        """Wait until one batch more is allowed: one has ended, or the mapping has scaled."""
        kernel = self._world.kernel
        while self._running >= self._scale.at(kernel.now):
            kernel.wait(self._finished, SCALING_SECONDS if self._scale.grows_after(kernel.now) else None)

    def _gather(self) -> list[Taken]:
        """Wait for a batch: full, or as large as the window or one receive made it."""
        kernel, polled = self._world.kernel, self._polled
        batch: list[Taken] = []
        until = 0.0
        try:
            while True:
                found = self._receive(min(RECEIVE_MAX, polled.batch_size - len(batch)))
                if found and not batch:
                    until = kernel.now + polled.window_seconds
                batch += found
                fitting = within_payload(batch)
                if fitting < len(batch):
                    self._keep_for_later(batch[fitting:])
                    return batch[:fitting]
                if batch and (len(batch) >= polled.batch_size or kernel.now >= until):
                    return batch
                if not found:
                    self._await_messages(until - kernel.now if batch else None)
        except Killed:
            if self._task is not kernel.current:
                self._release([*batch, *self._left_over])
                self._left_over.clear()
            raise

    def _keep_for_later(self, messages: Sequence[Taken]) -> None:
        """They don't fit any more. Of a FIFO queue they go back: their group has a batch in flight."""
        if self._fifo:
            self._release(messages)
        else:
            self._left_over.extend(messages)

    def _release(self, messages: Sequence[Taken]) -> None:
        self._source.release(self._polled.source, [message.receipt_handle for message in messages], 0)

    def _await_messages(self, seconds: float | None) -> None:
        kernel = self._world.kernel
        try:
            arrived = self._source.arrived(self._polled.source)
        except ServiceError as error:
            self.problem = f"PROBLEM: {error.message or error.code}"
            raise Killed("the queue is gone") from None
        if kernel.wait(arrived, seconds):
            if seconds is None and not self._running:
                self._scale.begin(kernel.now)
            kernel.sleep(self._chance.uniform(0, POLL_SECONDS_MAX))

    def _receive(self, limit: int) -> list[Taken]:
        """Up to so many messages that the filters want; the others are deleted."""
        if self._left_over:
            return [self._left_over.popleft() for _ in range(min(limit, len(self._left_over)))]
        chance = self._chance
        samples = not (self._fifo or self._world.strict_order or self._polled.window_seconds)
        if samples and limit > 1 and chance.random() < SHORT_RECEIVE_PROBABILITY:
            limit = chance.randint(1, limit)
        while taken := self._source.take(self._polled.source, limit):
            self._received = self._world.recorder.last("received")
            wanted = self._wanted(taken) if self._polled.patterns else taken
            if wanted:
                return wanted
        return []

    def _wanted(self, taken: list[Taken]) -> list[Taken]:
        wanted = []
        for message in taken:
            if wants_record(self._polled.patterns, self._record(message)):
                wanted.append(message)
            else:
                self._drop(message)
        return wanted

    def _drop(self, message: Taken) -> None:
        names = self._world.names
        source, target = names.of(self._polled.source), names.of(self._polled.target)
        event = self._world.recorder.filtered(source, target, (message.id,), cause=self._received)
        self._acknowledge([message], event)

    def _process(self, batch: Sequence[Taken]) -> None:
        try:
            self.run_batch(batch)
        finally:
            self._running -= 1
            self._finished.notify()

    def _acknowledge(self, messages: Sequence[Taken], cause: Cause) -> None:
        if messages:
            with self._world.recorder.caused_by(cause, actor=self.actor):
                self._source.ack(self._polled.source, [message.receipt_handle for message in messages])

    def _record(self, message: Taken) -> dict[str, Any]:
        windowed = self._polled.window_seconds > 0
        return record_of(message, self._polled.source, windowed=windowed)
