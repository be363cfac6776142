"""A cloud that is started anew."""

from __future__ import annotations

from dataclasses import dataclass

from harness.faults.cloud_places import OnCloud
from harness.faults.decision import Decision
from harness.faults.sites import Call, Hop
from harness.plan import kind


@kind("restart")
@dataclass(frozen=True, kw_only=True)
class Restart(OnCloud):
    """The whole cloud is stopped in order, and is back after `for_seconds`. Whatever runs in a function dies,
    no environment stays warm, and the call at hand is lost. A state machine's task whose function or call it
    was fails, for its `Retry` and `Catch`.

    What the cloud had accepted is still there, as AWS keeps it on several servers:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
    If `keep_state` is False it is lost, as an emulator loses what it holds in memory; only a container can do
    that. Finds work that dies between two side effects, and work that nobody takes up again.

    >>> faults.Plan(faults=(faults.restart(for_seconds=30),)).to_data()["faults"]
    [{'kind': 'restart', 'for_seconds': 30}]
    """

    keep_state: bool = True

    @property
    def loses_state(self) -> bool:
        return not self.keep_state

    def decide(self, site: Call | Hop) -> Decision:
        return Decision.stop("restart" if self.keep_state else "restart-empty", self.for_seconds)
