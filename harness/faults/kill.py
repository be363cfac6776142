"""A cloud that is killed."""

from __future__ import annotations

from dataclasses import dataclass

from harness.faults.cloud_places import OnCloud
from harness.faults.decision import Decision
from harness.faults.sites import Call, Hop
from harness.plan import kind


@kind("kill")
@dataclass(frozen=True, kw_only=True)
class KillCloud(OnCloud):
    """The container of the cloud is killed, and started again after `for_seconds`. All that it held is lost:
    messages, tables, functions. Invariants that ask for it are broken then.

    Only a container can do that, as AWS keeps what it accepts on several servers; `restart` is the part of it
    that happens there, too: https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/
    Finds tests, and tools of one's own, that take an emulator's state for durable.

    >>> faults.Plan(faults=(faults.kill(for_seconds=30),)).to_data()["faults"]
    [{'kind': 'kill', 'for_seconds': 30}]
    """

    @property
    def loses_state(self) -> bool:
        return True

    def decide(self, site: Call | Hop) -> Decision:
        return Decision.stop("kill", self.for_seconds)
