"""The timers of rules with a schedule. They don't keep a run from being settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from harness.sim.activities import Timer
from harness.sim.kernel import Kernel
from harness.sim.services.events.model import RuleState


class RuleSchedules:
    """One timer for each rule that runs on a schedule."""

    def __init__(self, kernel: Kernel, run: Callable[[RuleState], None]) -> None:
        self._kernel = kernel
        self._run = run
        self._timers: dict[str, Timer] = {}

    def changed(self, rule: RuleState) -> None:
        """A rule is new, or changed: its next time is counted from now."""
        self._kernel.cancel(self._timers.pop(rule.arn, None))
        if rule.enabled and rule.schedule is not None:
            self._plan(rule)

    def _plan(self, rule: RuleState) -> None:
        assert rule.schedule is not None
        now = datetime.fromtimestamp(self._kernel.now, UTC).replace(tzinfo=None)
        due = rule.schedule.after(now)
        if due is not None:
            at = due.replace(tzinfo=UTC).timestamp()
            timer = self._kernel.call_at(at, lambda: self._due(rule), background=True, name=rule.arn)
            self._timers[rule.arn] = timer

    def _due(self, rule: RuleState) -> None:
        self._plan(rule)
        self._run(rule)
