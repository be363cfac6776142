"""The work of a mapping: it runs batches of its queue, and deletes messages that succeeded.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from harness.aws.parcels import REQUEST_RESPONSE, FunctionParcel
from harness.sim.hops import HopResult
from harness.sim.services.lambda_.delivery.events import THROTTLED
from harness.sim.services.lambda_.model.mapping import EventSourceMapping
from harness.sim.services.polling import Polled, Polling
from harness.sim.services.service import Delivery, ServiceError, Taken

if TYPE_CHECKING:
    from harness.sim.world import World

THROTTLE_DELAY_SECONDS_MIN = 1.0
THROTTLE_DELAY_SECONDS_MAX = 60.0
"""Between tries of a throttled batch; how Lambda backs off exactly isn't documented."""


class Poller(Polling):
    """One mapping at work. Functions have activities of their own."""

    bare = True

    def __init__(self, world: World, mapping: EventSourceMapping) -> None:
        self._mapping = mapping
        super().__init__(world, _polled(mapping), f"mapping:{world.names.of(mapping.target.arn)}")

    def start(self, mapping: EventSourceMapping) -> None:
        """From now on it polls, with these settings."""
        self._mapping = mapping
        self.poll(_polled(mapping))

    def run_batch(self, batch: Sequence[Taken]) -> None:
        """The function gets it, once more for as long as it is throttled."""
        kernel = self._world.kernel
        visible_at = kernel.now + self._visibility_timeout_seconds()
        attempt = max([int(message.attributes.get("ApproximateReceiveCount", 1)) for message in batch])
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
        ids = tuple([message.id for message in batch])
        return Delivery(mapping.source, mapping.target.qualified_arn, ids, parcel, attempt)


def _polled(mapping: EventSourceMapping) -> Polled:
    return Polled(
        mapping.source,
        mapping.target.arn,
        mapping.batch_size,
        mapping.window_seconds,
        mapping.patterns,
        mapping.concurrency_max,
    )


def _trace_of(batch: Sequence[Taken]) -> str:
    """A batch has one trace, that of its first message that has one; AWS doesn't say which."""
    headers = (message.attributes.get("AWSTraceHeader", "") for message in batch)
    return next(filter(None, headers), "")
