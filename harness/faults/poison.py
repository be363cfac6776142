"""A message that can't be processed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from harness.aws import Role
from harness.faults.decision import Decision
from harness.faults.ends import Ends
from harness.faults.places import WITHIN, PlacedFault, never_between
from harness.faults.points import Candidate, HopPoint, Point
from harness.faults.sites import Hop, Site
from harness.history.places import Place
from harness.plan import Counted, kind, like

TEXT = '{"poison":'
"""The body that arrives unless another one is chosen: JSON that breaks off."""


@kind("poison")
@dataclass(frozen=True)
class Poison(PlacedFault, Counted):
    """A message arrives with a body that can't be parsed, at each delivery, even after a function has sent it
    again unchanged.

    `target`: the queue or function at which it arrives. `source`: where it comes from (None: anywhere).
    `*` and `?` are wildcards. `text`: the body that arrives. A batch has one such message among good ones.
    In an SNS envelope only the Message is unreadable. Such a message belongs in a dead-letter queue:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    Finds batches that fail as a whole, dead-letter queues that are missing, and handlers that drop what
    they can't read. A message sent straight to a queue is not delivered to it: name the function then.

    >>> chaos.inject(faults.poison("BillingQueue"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> app.queue("BillingDeadLetters").depth()
    1
    """

    target: str
    source: str | None = None
    _: KW_ONLY
    text: str = TEXT

    sites: ClassVar[tuple[type[Site], ...]] = (Hop,)
    acts_where: ClassVar[str] = "the message reaches its target"

    @property
    def passes(self) -> bool:
        """It stays: what can't be read now can't be read later."""
        return False

    def is_at(self, site: Site) -> bool:
        return isinstance(site, Hop) and like(self.source, site.source) and like(self.target, site.target)

    def sticks_to(self, site: Site) -> tuple[str, ...]:
        """Messages: what is poison once stays poison."""
        return site.messages if isinstance(site, Hop) else ()

    def decide(self, hop: Hop) -> Decision:
        marked = hop.marked or hop.messages[:1]
        if hop.parcel is None:
            return Decision.passed()
        other = hop.parcel.with_text(self.text, [message in marked for message in hop.messages])
        return Decision.passed() if other == hop.parcel else Decision.alter(other, marked)

    def why_not(self, ends: Ends) -> str:
        return WITHIN if ends.within else ""

    def why_never(self, places: Mapping[str, Place]) -> str:
        return never_between(self, self.source, self.target, places)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if not isinstance(point, HopPoint) or point.first_message is None:
            return
        if point.ends.target is Role.RUNS:
            yield Candidate("poison", cls(point.target, point.source, nth=point.first_message))
