"""A batch call that succeeds for some of its entries only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from harness import aws
from harness.aws import Batch
from harness.faults.decision import Decision
from harness.faults.places import OnCall
from harness.faults.points import CallPoint, Candidate, Point
from harness.faults.sites import Call
from harness.near import near
from harness.plan import PlanError, kind, like

BATCHES: Mapping[str, Batch] = {
    f"{service.name}:{name}": operation.batch
    for service in aws.services().values()
    for name, operation in service.operations.items()
    if operation.batch is not None
}
"""Operations that AWS may answer in part, and how."""

AGAIN_SECONDS = 10.0
"""Longer than a handler's own tries take: code that gives up has to say so."""


@kind("partial_answer")
@dataclass(frozen=True)
class PartialAnswer(OnCall):
    """Some `entries` of a batch (counted from 0) aren't applied. The call itself succeeds, with status 200.
    Of a batch over several tables they are those of `resource`, if it is given.

    The answer names them: `Failed` of SQS and SNS, `UnprocessedItems` or `UnprocessedKeys` of DynamoDB, an
    `ErrorCode` in place of the entry's result of Kinesis, Firehose and EventBridge.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
    `code` is the error of each entry. No exception is raised, and the SDK tries nothing again. Finds code
    that doesn't read the answer.

    >>> chaos.inject(faults.partial_answer("sqs:SendMessageBatch", entries=[0], resource="PackingQueue"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42, "items": ["mug", "teapot"]})
    >>> app.settle()
    True
    >>> sorted(body["item"] for body in app.queue("PackingQueue").bodies())
    ['mug', 'teapot']
    """

    _: KW_ONLY
    entries: tuple[int, ...] = (0,)
    code: str = "InternalError"

    acts_where: ClassVar[str] = "the rest of the call succeeds"

    def check(self) -> None:
        super().check()
        if self.operation not in BATCHES:
            raise PlanError(
                f'operation="{self.operation}": not a batch call that can be answered in part'
                f"{near(self.operation, BATCHES)}"
            )
        if not self.entries or min(self.entries) < 0 or len(set(self.entries)) < len(self.entries):
            raise PlanError(f"entries={self.entries}: positions in the batch, each once, from 0")

    def decide(self, call: Call) -> Decision:
        ours = _places(call, self.resource)
        entries = tuple(ours[entry] for entry in self.entries if entry < len(ours))
        if not entries:
            return Decision.passed()
        return Decision.partial(entries, self.code, "The service failed to process this entry.")

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, CallPoint) and not point.by_test and point.operation in BATCHES:
            yield Candidate("partial_answer", cls._at(point))
            ends = round(point.at + AGAIN_SECONDS, 3)
            yield Candidate("partial_answer again", cls._at(point, times=None, until_seconds=ends))


def _places(call: Call, resource: str | None) -> Sequence[int]:
    """The places in the batch of the entries that are about a resource; DynamoDB's are counted over all its
    tables, which a call names in the order of its lists."""
    batch = BATCHES.get(call.operation)
    sizes = [len(entries) for entries in batch.lists(call.params)] if batch is not None else []
    names = (call.resource, *call.others)
    if resource is None or len(sizes) != len(names):
        return range(sum(sizes))
    owners = [name for name, size in zip(names, sizes, strict=True) for _ in range(size)]
    return [place for place, owner in enumerate(owners) if like(resource, owner)]
