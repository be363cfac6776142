"""Event source mappings from queues inside LocalStack: several batches at once, each delivered as a hop.

For accounts that have begun this takes the place of LocalStack's loop, which runs one batch after the other
and knows no batching window.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from ...aws.parcels import REQUEST_RESPONSE, FunctionParcel
from ...aws.rules.batches import Taken, failed_in, record_of, within_payload
from ...aws.rules.filter_criteria import read_filter, wants_record
from ...aws.rules.scaling import Pace, Scale
from . import (
    accounts,
    clock,
    doors,
    functions,
    hops,
    mapping_checks,
    patching,
    queues,
    stream_mappings,
    under_way,
)
from .context import Context
from .doors import AskedHop
from .functions import THROTTLED, FunctionResult, account_of, plain
from .hops import Made, PlannedDelivery, Reached
from .stream_mappings import StreamMapping
from .under_way import Ended, Work

KIND = stream_mappings.KIND
LOOK_EVERY_SECONDS = 0.01
"""Real time between two looks into the queue."""
RECEIVE_MAX = 10
PACE = Pace(at_start=2.0, per_second=1.0, most=max(5, 2 * (os.cpu_count() or 1)))
"""All functions share one machine's cores, and cold starts that crowd each other let functions run into their
timeouts: so a mapping begins with fewer batches than on AWS, grows by fewer, and has fewer in all."""
THROTTLE_DELAY_SECONDS_MIN = 1.0
THROTTLE_DELAY_SECONDS_MAX = 60.0
"""Between tries of a throttled batch; how Lambda backs off exactly isn't documented."""

Message = dict[str, Any]


def apply() -> None:
    """Patch LocalStack's mappings."""
    from localstack.services.lambda_.event_source_mapping.esm_worker import EsmWorker
    from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller
    from localstack.services.lambda_.event_source_mapping.pollers.stream_poller import StreamPoller
    from localstack.services.lambda_.provider import LambdaProvider

    patching.wrap(EsmWorker, "poller_loop", _poller_loop)
    patching.wrap(SqsPoller, "poll_events", partial(_poll_events, Mapping))
    patching.wrap(StreamPoller, "poll_events", partial(_poll_events, StreamMapping))
    patching.wrap(LambdaProvider, "validate_event_source_mapping", mapping_checks.validate, "request")
    patching.wrap(
        LambdaProvider, "check_service_resource_exists", mapping_checks.check_source, "resource_arn"
    )


def _poller_loop(original: Callable[..., Any], worker: Any, *args: Any, **kwargs: Any) -> Any:
    worker.poller.harness_worker = worker
    return original(worker, *args, **kwargs)


def _poll_events(kind: type[Mapping] | type[StreamMapping], original: Callable[..., Any], poller: Any) -> Any:
    """Runs until the mapping stops, where LocalStack's looks into its source once."""
    worker = getattr(poller, "harness_worker", None)
    if worker is None or accounts.get(account_of(poller.source_arn)) is None:
        return original(poller)
    mapping = getattr(poller, "harness_mapping", None)
    if mapping is None:
        mapping = poller.harness_mapping = kind(poller, worker)
    mapping.live()
    return None


def of_worker(worker: Any) -> Mapping | StreamMapping | None:
    """The mapping at work there, if it has begun."""
    return getattr(worker.poller, "harness_mapping", None)


class Mapping:
    """One mapping at work."""

    def __init__(self, poller: Any, worker: Any) -> None:
        self.source: str = poller.source_arn
        self.account = account_of(self.source)
        self.uuid: str = worker.uuid
        self.function: str = worker.esm_config["FunctionArn"]
        self._poller = poller
        self._stopped = worker._shutdown_event
        self._ended = under_way.of(self.account).ended
        self._batch_size = int(poller.batch_size)
        self._window_seconds = float(poller.maximum_batching_window or 0)
        self._reports_failures = bool(poller.processor.sender.report_batch_item_failures)
        self._filters = [read_filter(json.dumps(pattern)) for pattern in poller.filter_patterns]
        cap = (worker.esm_config.get("ScalingConfig") or {}).get("MaximumConcurrency")
        self._scale = Scale(cap, time.monotonic(), PACE)

    @property
    def actor(self) -> str:
        """The actor in the history for this mapping."""
        return f"mapping:{plain(self.function)}"

    @property
    def works(self) -> list[Work]:
        """Its batches."""
        return [work for work in under_way.of(self.account).of_kind(KIND) if work.about == self.uuid]

    @property
    def busy(self) -> bool:
        """Does one of its batches go on right now?"""
        return any(work.moving for work in self.works)

    @property
    def moving(self) -> int:
        """The number of its batches in progress."""
        return sum(1 for work in self.works if work.moving)

    @property
    def has_room(self) -> bool:
        """Could it take a batch more?"""
        return len(self.works) < self._scale.at(time.monotonic())

    def live(self) -> None:
        """Take batches until the mapping stops. Gives up for a moment if the queue is gone."""
        while not self._stopped.is_set() and not self._ended.is_set():
            queue = queues.find(self.source)
            if queue is None or not self.has_room or not queues.ready(queue):
                self._stopped.wait(LOOK_EVERY_SECONDS)
                continue
            self._begin(queue)

    def _begin(self, queue: Any) -> None:
        """Gather a batch in this thread, then have it run on another; several if its groups are several."""
        place = under_way.of(self.account)
        work = place.begin(KIND, self.uuid)
        try:
            with under_way.doing(work):
                gathered, received = self._gather(work, queue)
                wanted = self._wanted(queue, gathered, received)
            for batch in self._split(queue, wanted):
                part = place.begin(KIND, self.uuid)
                under_way.carry_on(part, partial(self._run, queue=queue, batch=batch, received=received))
        except Ended:
            pass
        except Exception as problem:
            place.fail(work, problem)
            raise
        finally:
            place.finish(work)

    def _gather(self, work: Work, queue: Any) -> tuple[list[Message], int | None]:
        """A batch: full, or as large as the window or one receive made it; and its latest receive."""
        batch: list[Message] = []
        received: int | None = None
        until = self._now() + self._window_seconds
        while True:
            found = self._receive(queue, min(RECEIVE_MAX, self._batch_size - len(batch)))
            if found:
                work.due = None
                received = queues.received_in(queue, found[-1]["ReceiptHandle"])
                batch += found
                fitting = within_payload(map(Taken.shown, batch))
                if fitting < len(batch):
                    self._release(queue, batch[fitting:])
                    return batch[:fitting], received
            if not batch or len(batch) >= self._batch_size or self._now() >= until:
                work.due = None
                return batch, received
            if not found:
                work.due, work.what = until, "window of a mapping"
                if self._stopped.wait(LOOK_EVERY_SECONDS) or self._ended.is_set():
                    self._release(queue, batch)
                    return [], received

    def _receive(self, queue: Any, limit: int) -> list[Message]:
        return queues.take(queue, limit, Context(actor=self.actor)) if queues.ready(queue) else []

    def _release(self, queue: Any, messages: Iterable[Message]) -> None:
        handles = [message["ReceiptHandle"] for message in messages]
        queues.release(queue, handles, Context(actor=self.actor))

    def _wanted(self, queue: Any, found: list[Message], received: int | None) -> list[Message]:
        """Those that the filters want; the others are deleted."""
        if not self._filters:
            return found
        wanted = []
        for message in found:
            if wants_record(self._filters, self._record(message)):
                wanted.append(message)
                continue
            seq = doors.event(
                self.account,
                "filtered",
                actor=self.actor,
                cause=received,
                source=self.source,
                target=plain(self.function),
                messages=[message["MessageId"]],
            )
            self._acknowledge(queue, [message], seq)
        return wanted

    def _split(self, queue: Any, batch: list[Message]) -> list[list[Message]]:
        """As LocalStack does, each group of a FIFO queue has a batch of its own."""
        if not hasattr(queue, "message_groups"):
            return [batch] if batch else []
        groups: defaultdict[str, list[Message]] = defaultdict(list)
        for message in batch:
            groups[message["Attributes"]["MessageGroupId"]].append(message)
        return list(groups.values())

    def _run(self, work: Work, queue: Any, batch: list[Message], received: int | None) -> None:
        """Have one batch run; delete what succeeded."""
        visible_at = self._now() + queue.visibility_timeout
        attempt = max(int(one["Attributes"]["ApproximateReceiveCount"]) for one in batch)
        delay = THROTTLE_DELAY_SECONDS_MIN
        while True:
            made = self._deliver(queue, batch, attempt, received)
            if made.value is not None:
                self._finish(queue, batch, made.hop, made.value)
                return
            self._scale.back_off(time.monotonic())
            if made.failure is None or made.failure.code != THROTTLED or self._now() + delay >= visible_at:
                return
            work.wait(delay, f"throttled batch for {plain(self.function).rsplit(':', 1)[-1]}")
            delay = min(delay * 2, THROTTLE_DELAY_SECONDS_MAX)
            attempt += 1

    def _deliver(
        self, queue: Any, batch: list[Message], attempt: int, received: int | None
    ) -> Made[FunctionResult]:
        """One hop to the function: its run, if it took place and its answer came back, else why not."""
        ids = tuple(message["MessageId"] for message in batch)
        parcel = FunctionParcel(
            payload={"Records": [self._record(message) for message in batch]},
            invocation=REQUEST_RESPONSE,
            reads_failures=self._reports_failures,
        )
        delivery = PlannedDelivery(
            account=self.account,
            source=self.source,
            target=plain(self.function),
            messages=ids,
            parcel=parcel,
            actor=self.actor,
            about=self.uuid,
            cause=received,
        )

        def arrive(hop: AskedHop, reached: Reached) -> FunctionResult:
            why = Context(
                cause=hop.seq,
                actor=self.actor,
                by_mover=True,
                source=self.source,
                messages=ids,
                attempt=attempt,
                reports_failures=self._reports_failures,
            )
            ran = functions.run(self.function, json.loads(hop.parcel.text), why)
            reached(ids, acknowledged=len(self._failed(ran, ids)) < len(ids))
            return ran

        def again(work: Work, hop: AskedHop, ran: FunctionResult) -> None:
            self._finish(queue, batch, hop, ran)

        return hops.deliver(delivery, attempt, arrive, again)

    def _finish(self, queue: Any, batch: list[Message], hop: AskedHop, ran: FunctionResult) -> None:
        failed = self._failed(ran, [message["MessageId"] for message in batch])
        if failed:
            self._scale.back_off(time.monotonic())
        cause = hop.seq if ran.ended is None else ran.ended
        self._acknowledge(queue, (one for one in batch if one["MessageId"] not in failed), cause)

    def _failed(self, ran: FunctionResult, ids: Sequence[str]) -> frozenset[str]:
        """The messages that the function isn't done with."""
        if ran.error is not None:
            return frozenset(ids)
        return failed_in(ran.text, ids) if self._reports_failures else frozenset()

    def _acknowledge(self, queue: Any, messages: Iterable[Message], cause: int | None) -> None:
        for message in messages:
            queues.delete(
                queue, message["ReceiptHandle"], Context(cause=cause, actor=self.actor, by_mover=True)
            )

    def _record(self, message: Message) -> dict[str, Any]:
        return record_of(Taken.shown(message), self.source, windowed=self._window_seconds > 0)

    def _now(self) -> float:
        return clock.now(self.account)
