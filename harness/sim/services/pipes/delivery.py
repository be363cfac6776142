"""The work of a pipe: a batch of its queue goes through the enrichment to the target.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from harness import aws
from harness.aws.parcels import EVENT, REQUEST_RESPONSE, FunctionParcel
from harness.history import Event
from harness.sim.hops import HopResult
from harness.sim.services.pipes.model import PipeState, batch_size_max
from harness.sim.services.pipes.sending import PipeInputs
from harness.sim.services.polling import Polled, Polling
from harness.sim.services.retrying import Addressed
from harness.sim.services.service import Delivery, Taken
from harness.sim.world import World


class PipeRun(Polling):
    """One pipe at work."""

    def __init__(self, world: World, pipe: PipeState) -> None:
        self._pipe = pipe
        self._inputs = PipeInputs(world, pipe, "aws:sqs")
        super().__init__(world, _polled(pipe), f"pipe:{world.names.of(pipe.arn)}")

    def start(self) -> None:
        """From now on it polls, with the pipe's present settings."""
        self.poll(_polled(self._pipe))

    def run_batch(self, batch: Sequence[Taken]) -> None:
        """Messages that fail anywhere stay, and are visible again after the queue's timeout."""
        items: Any = [self._record(message) for message in batch]
        if self._pipe.enrichment:
            result = self._hop(batch, self._inputs.enrichment(items))
            if not result.ok or (answer := self._inputs.answer(result))["error"] is not None:
                return
            items, ended = answer["payload"], answer["ended"]
            if items in (None, "", [], {}):
                self._leave_out(batch, ended)
                return
            if isinstance(items, list) and len(items) > batch_size_max(self._pipe.target):
                return
        self._send(batch, items)

    def _leave_out(self, batch: Sequence[Taken], cause: Event) -> None:
        """An empty answer of the enrichment is a filter: the target isn't invoked."""
        names, ids = self._world.names, tuple(message.id for message in batch)
        source, target = names.of(self._pipe.source), names.of(self._pipe.target)
        self._acknowledge(batch, self._world.recorder.filtered(source, target, ids, cause=cause))

    def _send(self, batch: Sequence[Taken], items: Any) -> None:
        if aws.role_of(self._pipe.target) is aws.Role.RUNS:
            self._invoke(batch, self._inputs.of_function("Target", items))
            return
        failed: set[str] = set()
        for messages, item in _paired(batch, items if isinstance(items, list) else [items]):
            if not self._hop(messages, self._inputs.addressed(item)).ok:
                failed |= {message.id for message in messages}
                if self._fifo:
                    failed |= {message.id for message in _from(batch, messages[0])}
                    break
        self._acknowledge(
            [message for message in batch if message.id not in failed], self._world.recorder.cause
        )

    def _invoke(self, batch: Sequence[Taken], payload: Any) -> None:
        if not self._pipe.runs_target:
            parcel = FunctionParcel(payload=payload, invocation=EVENT)
            if self._hop(batch, Addressed(self._pipe.target, parcel)).ok:
                self._acknowledge(batch, self._world.recorder.cause)
            return
        parcel = FunctionParcel(payload=payload, invocation=REQUEST_RESPONSE, reads_failures=True)
        finish = partial(self._finish, batch)
        finish(self._hop(batch, Addressed(self._pipe.target, parcel), finish))

    def _finish(self, batch: Sequence[Taken], result: HopResult) -> None:
        """Delete what the function didn't report as failed."""
        if result.ok and result.value["error"] is None:
            failed = result.value["failed"]
            self._acknowledge([each for each in batch if each.id not in failed], result.value["ended"])

    def _hop(
        self,
        batch: Sequence[Taken],
        to: Addressed,
        again: Callable[[HopResult], object] | None = None,
    ) -> HopResult:
        kernel = self._world.kernel
        if to.not_before > kernel.now:
            kernel.sleep(to.not_before - kernel.now)
        attempt = max(int(message.attributes.get("ApproximateReceiveCount", 1)) for message in batch)
        ids = tuple(message.id for message in batch)
        return self._world.hops.run(Delivery(self._pipe.source, to.place, ids, to.parcel, attempt), again)


def _paired(batch: Sequence[Taken], items: Sequence[Any]) -> Iterator[tuple[Sequence[Taken], Any]]:
    """The items, and the messages that each was made of: one for one where there are as many, else all."""
    for number, item in enumerate(items):
        yield batch[number : number + 1] if len(items) == len(batch) else batch, item


def _from(batch: Sequence[Taken], first: Taken) -> Iterator[Taken]:
    """The messages from one on: those of a queue that keeps order, as the ones behind must wait, too."""
    return (message for message in batch[batch.index(first) :])


def _polled(pipe: PipeState) -> Polled:
    return Polled(pipe.source, pipe.target, pipe.batch_size, pipe.window_seconds, pipe.patterns)
