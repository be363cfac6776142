"""Shrinks a plan that fails to the smallest that still fails for the same reason.

A pass only proposes plans. One place runs them, remembers what came out, and accepts a proposal if it is
simpler and fails with the same invariant and the same class of evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from harness.explore.outcome import Outcome, Reason
from harness.faults.places import PlacedFault
from harness.plan import Counted, Fault, Plan

RUNS_MAX = 200
"""Runs that shrinking one plan may take."""

ALWAYS = 1000
"""As often as this counts what hits every time."""

Pass = Callable[[Plan, int], Iterator[Plan]]


def simplicity(plan: Plan, seed: int) -> tuple[Any, ...]:
    """The order of "simpler": fewer faults; the default interleaving; hit less often; hit earlier; milder;
    then shorter in print."""
    counted = [fault for _, fault in _counted(plan)]
    lasting = len(plan.faults) - len(counted)
    return (
        len(plan.faults),
        plan.seed != seed,
        sum((ALWAYS if fault.times is None else fault.times for fault in counted), ALWAYS * lasting),
        sum(fault.probability is not None for fault in counted),
        sum(fault.nth for fault in counted),
        sum(fault.amount for fault in plan.faults if isinstance(fault, PlacedFault)),
        len(plan.to_json()),
        plan.to_json(),
    )


def without_some(plan: Plan, seed: int) -> Iterator[Plan]:
    """Propose the plan without half of its faults, then a quarter, … then one.

    Can't weaken a fault or move it; those are passes of their own.
    """
    size = len(plan.faults)
    while size := size // 2:
        for start in range(0, len(plan.faults), size):
            yield replace(plan, faults=plan.faults[:start] + plan.faults[start + size :])


def no_faults(plan: Plan, seed: int) -> Iterator[Plan]:
    """Propose the interleaving alone."""
    if plan.faults:
        yield replace(plan, faults=())


def default_interleaving(plan: Plan, seed: int) -> Iterator[Plan]:
    """Propose the campaign's own seed, then the ones next to it. Can't say which interleaving matters."""
    for other in (seed, seed + 1, seed + 2):
        if other != plan.seed:
            yield replace(plan, seed=other)


def less_often(plan: Plan, seed: int) -> Iterator[Plan]:
    """Propose faults that hit once, and surely, instead of often or by chance."""
    for index, fault in _counted(plan):
        if fault.times is None or fault.times > 1:
            yield _with(plan, index, replace(fault, times=1))
        if fault.probability is not None:
            yield _with(plan, index, replace(fault, probability=None))


def earlier(plan: Plan, seed: int) -> Iterator[Plan]:
    """Propose the first occurrence, then half as late, then one earlier. Can't skip one that doesn't fail."""
    for index, fault in _counted(plan):
        for nth in sorted({1, fault.nth // 2, fault.nth - 1}):
            if 1 <= nth < fault.nth:
                yield _with(plan, index, replace(fault, nth=nth))


def milder(plan: Plan, seed: int) -> Iterator[Plan]:
    """Propose what each fault calls milder. Can't find a bound more exactly."""
    for index, fault in enumerate(plan.faults):
        if isinstance(fault, PlacedFault):
            for other in fault.milder():
                yield _with(plan, index, other)


PASSES: tuple[Pass, ...] = (no_faults, without_some, default_interleaving, less_often, earlier, milder)


def _counted(plan: Plan) -> list[tuple[int, Counted]]:
    """The faults that hit some occurrences, with their places in the plan."""
    return [(index, fault) for index, fault in enumerate(plan.faults) if isinstance(fault, Counted)]


def _with(plan: Plan, index: int, fault: Fault) -> Plan:
    """The plan with one fault changed."""
    return replace(plan, faults=(*plan.faults[:index], fault, *plan.faults[index + 1 :]))


@dataclass
class Shrinker:
    """Tries proposals. `run` is asked once for each plan, while `may_run` allows it; `runs` counts. It gives
    None if there is no more time."""

    run: Callable[[Plan], Outcome | None]
    seed: int
    may_run: Callable[[], bool] = lambda: True
    known: dict[str, Outcome] = field(default_factory=dict)
    runs: int = 0

    def shrink(self, failing: Outcome) -> Outcome:
        """The outcome of the smallest plan that was found to fail for the same reason."""
        best, reason = failing, failing.reason
        limit = self.runs + RUNS_MAX
        found = True
        while found and self.runs < limit:
            found = False
            for propose in PASSES:
                best, better = self._exhaust(propose, best, reason, limit)
                found = found or better
        return best

    def _exhaust(self, propose: Pass, best: Outcome, reason: Reason, limit: int) -> tuple[Outcome, bool]:
        """One pass, again and again until it finds nothing."""
        better = False
        while True:
            accepted = self._first_accepted(propose(best.plan, self.seed), best, reason, limit)
            if accepted is None:
                return best, better
            best, better = accepted, True

    def _first_accepted(
        self, proposals: Iterator[Plan], best: Outcome, reason: Reason, limit: int
    ) -> Outcome | None:
        for plan in proposals:
            if simplicity(plan, self.seed) >= simplicity(best.plan, self.seed):
                continue
            if self.runs >= limit:
                return None
            outcome = self._asked(plan)
            if outcome is None:
                return None
            if outcome.failed and outcome.reason == reason:
                return outcome
        return None

    def _asked(self, plan: Plan) -> Outcome | None:
        """The outcome of a plan; None if nothing may be run any more."""
        key = plan.to_json()
        if key not in self.known:
            if not self.may_run():
                return None
            outcome = self.run(plan)
            if outcome is None:
                return None
            self.runs += 1
            self.known[key] = outcome
        return self.known[key]
