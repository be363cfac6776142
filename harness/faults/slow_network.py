"""A network that is slow."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from harness.faults.cloud_places import OnNetwork
from harness.faults.decision import Decision
from harness.faults.sites import Call
from harness.plan import PlanError, kind


@kind("slow_network")
@dataclass(frozen=True)
class SlowNetwork(OnNetwork):
    """Every request from `actor` to the cloud takes `seconds` longer, as between distant regions.

    https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_mitigate_interaction_failure_client_timeouts.html
    Finds timeouts that only fit a fast network, and functions that make many calls one after another.

    >>> faults.Plan(faults=(faults.slow_network("Billing", seconds=0.2, for_seconds=30),)).to_data()["faults"]
    [{'kind': 'slow_network', 'actor': 'Billing', 'for_seconds': 30, 'seconds': 0.2}]
    """

    _: KW_ONLY
    seconds: float

    amounts: ClassVar[tuple[str, ...]] = ("seconds", "for_seconds")

    def check(self) -> None:
        super().check()
        if self.seconds <= 0:
            raise PlanError(f"seconds={self.seconds}: must be more than 0")

    def decide(self, call: Call) -> Decision:
        return Decision.delay(self.seconds)
