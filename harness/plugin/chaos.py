"""The `chaos` fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.near import Suggests

if TYPE_CHECKING:
    from harness.plan import Fault, Plan
    from harness.plugin.clouds import CloudUnderTest


class Chaos(Suggests):
    """Breaks things in the cloud of this test."""

    def __init__(self, cloud: CloudUnderTest) -> None:
        self._cloud = cloud

    def inject(self, *faults: Fault) -> None:
        """From now on, these go wrong; their times count from now. See `harness.faults`."""
        for fault in faults:
            self._cloud.inject(fault)

    @property
    def plan(self) -> Plan:
        """Everything that goes wrong in this run, its times counted from the beginning of the run."""
        return self._cloud.current_plan
