"""The work of a mapping: gathers batches from its queue, runs them, and deletes messages that succeeded.

Event-driven: it waits for the queue's signal, so that an idle mapping doesn't keep a run from settling.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.aws.parcels import REQUEST_RESPONSE, FunctionParcel
from harness.aws.rules.batches import record_of, within_payload
from harness.aws.rules.filter_criteria import wants_record
from harness.aws.rules.scaling import Scale
from harness.history import Event
from harness.sim.hops import HopResult
from harness.sim.kernel import Killed, Signal, Task
from harness.sim.services.lambda_.delivery.events import THROTTLED
from harness.sim.services.lambda_.model.mapping import EventSourceMapping
from harness.sim.services.service import Delivery, ServiceError, Source, Taken

if TYPE_CHECKING:
    from harness.sim.world import World

RECEIVE_MAX = 10
POLL_SECONDS_MAX = 0.02
"""A waiting poll answers within this: messages sent at about the same time come in one batch."""
SHORT_RECEIVE_PROBABILITY = 0.25
"""Share of receives from a standard queue that return fewer messages than there are: it samples servers."""
SCALING_SECONDS = 1.0
"""Interval at which a mapping whose batches all run checks whether it has scaled."""
THROTTLE_DELAY_SECONDS_MIN = 1.0
THROTTLE_DELAY_SECONDS_MAX = 60.0
"""Between tries of a throttled batch; how Lambda backs off exactly isn't documented."""


class Poller:
    """One mapping at work."""

    def __init__(self, world: World, mapping: EventSourceMapping) -> None:
        self._world = world
        self._mapping = mapping
        self._source: Source = world.source(mapping.source)
        self._fifo = bool(self._source.settings(mapping.source).get("fifo"))
        self._scale = Scale(mapping.concurrency_max, self._world.kernel.now)
        self._running = 0
        self._finished = Signal()
        self._left_over: deque[Taken] = deque()
        self._chance = world.kernel.chance(f"{self.actor} polls {world.names.of(mapping.source)}")
        self._received: Event | None = None
        self._task: Task | None = None
        self.problem: str | None = None

    @property
    def actor(self) -> str:
        """The actor in the history for this mapping."""
        return f"mapping:{self._world.names.of(self._mapping.target.arn)}"

    def start(self, mapping: EventSourceMapping) -> None:
        """From now on it polls, with these settings."""
        self.stop()
        self._mapping = mapping
        self._scale = Scale(mapping.concurrency_max, self._world.kernel.now)
        self.problem = None
        self._task = self._world.kernel.spawn(self.actor, self._live)

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
                    self._world.kernel.spawn(self.actor, partial(self._process, batch))

    def _await_a_place(self) -> None:
        """Wait until one batch more is allowed: one has ended, or the mapping has scaled."""
        kernel = self._world.kernel
        while self._running >= self._scale.at(kernel.now):
            kernel.wait(self._finished, SCALING_SECONDS if self._scale.grows_after(kernel.now) else None)

    def _gather(self) -> list[Taken]:
        """Wait for a batch: full, or as large as the window or one receive made it."""
        kernel, mapping = self._world.kernel, self._mapping
        batch: list[Taken] = []
        until = 0.0
        try:
            while True:
                found = self._receive(min(RECEIVE_MAX, mapping.batch_size - len(batch)))
                if found and not batch:
                    until = kernel.now + mapping.window_seconds
                batch += found
                fitting = within_payload(batch)
                if fitting < len(batch):
                    self._keep_for_later(batch[fitting:])
                    return batch[:fitting]
                if batch and (len(batch) >= mapping.batch_size or kernel.now >= until):
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
        self._source.release(self._mapping.source, [message.receipt_handle for message in messages], 0)

    def _await_messages(self, seconds: float | None) -> None:
        kernel = self._world.kernel
        try:
            arrived = self._source.arrived(self._mapping.source)
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
        samples = not (self._fifo or self._world.strict_order or self._mapping.window_seconds)
        if samples and limit > 1 and chance.random() < SHORT_RECEIVE_PROBABILITY:
            limit = chance.randint(1, limit)
        while taken := self._source.take(self._mapping.source, limit):
            self._received = self._world.recorder.last("received")
            wanted = self._wanted(taken) if self._mapping.patterns else taken
            if wanted:
                return wanted
        return []

    def _wanted(self, taken: list[Taken]) -> list[Taken]:
        wanted = []
        for message in taken:
            if wants_record(self._mapping.patterns, self._record(message)):
                wanted.append(message)
            else:
                self._drop(message)
        return wanted

    def _drop(self, message: Taken) -> None:
        names = self._world.names
        source, target = names.of(self._mapping.source), names.of(self._mapping.target.arn)
        event = self._world.recorder.filtered(source, target, (message.id,), cause=self._received)
        self._acknowledge([message], event)

    def _process(self, batch: Sequence[Taken]) -> None:
        """Have one batch run; delete what succeeded."""
        try:
            self._run(batch)
        finally:
            self._running -= 1
            self._finished.notify()

    def _run(self, batch: Sequence[Taken]) -> None:
        kernel = self._world.kernel
        visible_at = kernel.now + self._visibility_timeout_seconds()
        attempt = max(int(message.attributes.get("ApproximateReceiveCount", 1)) for message in batch)
        delay = THROTTLE_DELAY_SECONDS_MIN
        while True:
            finish = partial(self._finish, batch)
            result = self._world.hops.run(self._delivery(batch, attempt), finish)
            if finish(result):
                return
            self._scale.back_off(kernel.now)
            if result.error != THROTTLED:
                if result.error == "ResourceNotFoundException":
                    self._give_up(result.message or result.error)
                return
            if kernel.now + delay >= visible_at:
                return
            kernel.sleep(delay)
            delay = min(delay * 2, THROTTLE_DELAY_SECONDS_MAX)
            attempt += 1

    def _visibility_timeout_seconds(self) -> float:
        try:
            return float(self._source.settings(self._mapping.source)["visibility_timeout"])
        except ServiceError:  # the queue is gone, and with it the messages
            return 0.0

    def _finish(self, batch: Sequence[Taken], result: HopResult) -> bool:
        """Delete what succeeded. False: it did not run at all."""
        if not result.ok:
            return False
        value = result.value
        failed = {message.id for message in batch} if value["error"] is not None else value["failed"]
        if failed:
            self._scale.back_off(self._world.kernel.now)
        self._acknowledge([message for message in batch if message.id not in failed], value["ended"])
        return True

    def _acknowledge(self, messages: Sequence[Taken], cause: Event) -> None:
        if messages:
            with self._world.recorder.caused_by(cause, actor=self.actor):
                self._source.ack(self._mapping.source, [message.receipt_handle for message in messages])

    def _give_up(self, why: str) -> None:
        """The function is gone: nothing will be taken any more, and messages stay in the queue."""
        self.problem = f"PROBLEM: {why}"
        self.stop()

    def _delivery(self, batch: Sequence[Taken], attempt: int) -> Delivery:
        mapping = self._mapping
        parcel = FunctionParcel(
            payload={"Records": [self._record(message) for message in batch]},
            invocation=REQUEST_RESPONSE,
            reads_failures=mapping.reports_failures,
            trace=_trace_of(batch),
        )
        ids = tuple(message.id for message in batch)
        return Delivery(mapping.source, mapping.target.qualified_arn, ids, parcel, attempt)

    def _record(self, message: Taken) -> dict[str, Any]:
        windowed = self._mapping.window_seconds > 0
        return record_of(message, self._mapping.source, windowed=windowed)


def _trace_of(batch: Sequence[Taken]) -> str:
    """A batch has one trace, that of its first message that has one; AWS doesn't say which."""
    headers = (message.attributes.get("AWSTraceHeader", "") for message in batch)
    return next(filter(None, headers), "")
