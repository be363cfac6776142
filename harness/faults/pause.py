"""A cloud that stands still for a while."""

from __future__ import annotations

from dataclasses import dataclass

from harness.faults.cloud_places import OnCloud
from harness.faults.decision import Decision
from harness.faults.sites import Call, Hop
from harness.plan import kind


@kind("pause")
@dataclass(frozen=True, kw_only=True)
class Pause(OnCloud):
    """The whole cloud stops, running functions included. Nothing is lost, and clocks go on: everything due
    meanwhile happens late, all at once.

    Hidden messages become visible again, and functions find their time used up:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
    Finds deadlines without a margin, and consumers that a burst of late work overruns.

    >>> faults.Plan(faults=(faults.pause(for_seconds=30),)).to_data()["faults"]
    [{'kind': 'pause', 'for_seconds': 30}]
    """

    def decide(self, site: Call | Hop) -> Decision:
        return Decision.stop("pause", self.for_seconds)
