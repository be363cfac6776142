"""A network that is cut."""

from __future__ import annotations

from dataclasses import dataclass

from harness.faults.cloud_places import OnNetwork
from harness.faults.decision import Decision
from harness.faults.sites import Call
from harness.plan import kind


@kind("cut")
@dataclass(frozen=True)
class Cut(OnNetwork):
    """No request from `actor` reaches the cloud; deliveries inside the cloud go on.

    The SDK sees connections that break, and tries again:
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    Finds functions that do half of their work, and work that is given up before the network is back.

    >>> faults.Plan(faults=(faults.cut("Billing", for_seconds=30),)).to_data()["faults"]
    [{'kind': 'cut', 'actor': 'Billing', 'for_seconds': 30}]
    """

    def decide(self, call: Call) -> Decision:
        return Decision.lose_request()
