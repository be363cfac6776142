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
    """The whole cloud is stopped in order, and is back after `for_seconds`. Running functions die,
    no environment stays warm, and the current call is lost. If a state machine's task loses its function or
    call, it fails, and its `Retry` and `Catch` see the error.

    The cloud keeps everything that it had accepted, as AWS does on several servers:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
    If `keep_state` is False it loses everything, like an emulator that keeps its state in memory; only a
    container can do that. Finds work that dies between two side effects and is never resumed.

    >>> faults.Plan(faults=(faults.restart(for_seconds=30),)).to_data()["faults"]
    [{'kind': 'restart', 'for_seconds': 30}]
    """

    keep_state: bool = True

    @property
    def loses_state(self) -> bool:
        return not self.keep_state

    def decide(self, site: Call | Hop) -> Decision:
        return Decision.stop("restart" if self.keep_state else "restart-empty", self.for_seconds)
