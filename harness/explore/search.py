"""A campaign: many runs of one scenario, and what they say of it.

It takes `run(plan) → Outcome` and knows no cloud. What it finds is in the order of the plans, never in the
order in which runs ended.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from harness.explore import tasks
from harness.explore.candidates import candidates_of
from harness.explore.engine import Engine, Run, Serial
from harness.explore.explain import Explanation, explain
from harness.explore.outcome import Outcome, Status
from harness.explore.points import points_of, representatives
from harness.explore.shrink import Shrinker
from harness.explore.sweep import (
    INTERLEAVING,
    Chosen,
    Try,
    interleavings,
    seconds_after,
    singles,
    way_it_went,
)
from harness.faults.points import Candidate
from harness.history import History
from harness.plan import Plan

RANDOM = "random"
KEPT = "kept"
SHRUNK_MAX = 10
"""Different failures of a scenario that are shrunk and told in full."""

INTERLEAVINGS = 5


@dataclass(frozen=True, kw_only=True)
class Search:
    """How to search.

    `depth`: 1 for single faults, 2 for pairs as well. `random`: a swarm of random plans instead, which needs
    a budget. `budget_runs` and `budget_seconds` end it: after so many tries (and the report is the same
    anywhere) or after so much time.
    `each`: representatives of points that are alike, 1 or 2. `kinds` of fault to try; None: all.
    `interleavings`: runs without faults under other seeds. `shrunk_max`: failures that are shrunk.
    """

    depth: int = 1
    random: bool = False
    seed: int = 0
    budget_runs: int | None = None
    budget_seconds: float | None = None
    each: int = 2
    kinds: frozenset[str] | None = None
    interleavings: int = INTERLEAVINGS
    shrunk_max: int = SHRUNK_MAX

    def __post_init__(self) -> None:
        if self.random and self.budget_runs is None and self.budget_seconds is None:
            raise ValueError("random plans never end: give budget_runs or budget_seconds")

    def wants(self, candidate: Candidate) -> bool:
        """Is this fault to be tried?"""
        return self.kinds is None or candidate.kind in self.kinds


@dataclass(frozen=True)
class Found:
    """How one try ended, without its history."""

    tried: Try
    outcome: Outcome

    @property
    def status(self) -> Status:
        """How it ended."""
        return self.outcome.status


@dataclass(frozen=True)
class Failure:
    """Why a scenario fails, told once: the first try that showed it, the smallest plan that still fails for
    that reason, and how many tries failed like this."""

    first: Found
    smallest: Outcome
    explanation: Explanation
    count: int


@dataclass
class Campaign:
    """What is known so far. `runs` counts all runs, those of shrinking included.

    `results` are the tries in order. Of random plans only those that failed are kept; `passed` counts the
    others by how they ended, so that a long campaign takes no more memory than a short one. `acted` counts
    faults that acted in tries, `seconds` the virtual time of tries.
    """

    seed: int
    control: Outcome | None = None
    deterministic: bool = True
    results: list[Found] = field(default_factory=list)
    passed: Counter[Status] = field(default_factory=Counter)
    acted: int = 0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)
    runs: int = 0
    planned: int | None = None
    interrupted: bool = False
    out_of_budget: bool = False

    @property
    def can_explore(self) -> bool:
        """Does the scenario hold without faults? Else there is nothing to explore."""
        return self.control is not None and self.control.status == "survived"

    @property
    def tried(self) -> int:
        """How many tries have ended."""
        return len(self.results) + self.passed.total()

    @property
    def broken(self) -> list[Found]:
        """The tries that failed, in order."""
        return [found for found in self.results if found.outcome.failed]


Watch = Callable[[Campaign], None]


def campaign(
    run: Run,
    search: Search | None = None,
    *,
    engine: Engine | None = None,
    kept: Sequence[Plan] = (),
    watch: Watch = lambda _: None,
) -> Campaign:
    """Explore a scenario: `run` makes one run of it under a plan, and says how it ended, with its history.

    `kept` are plans that failed before; they are tried first. `watch` is called after each run. A
    `KeyboardInterrupt` ends the campaign, and what is known so far is returned: failures as they were found.
    """
    campaigner = _Campaigner(run, search or Search(), engine or Serial(), watch)
    try:
        campaigner.explore(kept)
    except KeyboardInterrupt:
        campaigner.known.interrupted = True
        campaigner.tell_unshrunk()
    return campaigner.known


class _Campaigner:
    def __init__(self, run: Run, search: Search, engine: Engine, watch: Watch) -> None:
        self._run = run
        self._search = search
        self._engine = engine
        self._watch = watch
        self._ends_at = None if search.budget_seconds is None else monotonic() + search.budget_seconds
        self._begun = 0
        self.known = Campaign(search.seed)

    def explore(self, kept: Sequence[Plan]) -> None:
        """Do all of it."""
        control, again = self._engine.each(tasks.with_history, self._run, [Plan(self._search.seed)] * 2)
        self.known.control = control
        self._count(2)
        self.known.deterministic = control.history == again.history
        if not self.known.can_explore or control.history is None:
            return
        wanted: Chosen = self._search.wants
        points = points_of(control.history)
        tries: list[Try] = [_kept(plan) for plan in kept]
        if not self._search.random:
            tries += singles(points, self._search.seed, wanted, self._search.each)
            tries += interleavings(self._search.seed, self._search.interleavings)
            self.known.planned = len(tries)
        self._sweep(tries)
        if self._search.random:
            candidates = [
                candidate
                for one in representatives(points, self._search.each)
                for candidate in candidates_of(one.point)
                if wanted(candidate)
            ]
            if candidates:
                self._sweep(_random(candidates, self._search.seed))
        elif self._search.depth > 1:
            self._pairs(wanted)
        self._shrink(control.history)

    def tell_unshrunk(self) -> None:
        """Failures that there was no time to shrink and explain, if none was."""
        groups = _groups(self.known.broken).values() if not self.known.failures else ()
        for group in list(groups)[: self._search.shrunk_max]:
            failure = Failure(group[0], group[0].outcome, Explanation(), len(group))
            self.known.failures.append(failure)

    def _sweep(self, tries: Iterable[Try]) -> None:
        given: deque[Try] = deque()

        def plans() -> Iterator[Plan]:
            for one in tries:
                if self._is_over():
                    return
                given.append(one)
                yield one.plan

        for outcome in self._engine.each(tasks.outcome_of, self._run, plans()):
            self._note(_found(given.popleft(), outcome))
            self._count(1)

    def _note(self, found: Found) -> None:
        known = self.known
        known.acted += sum(hit is not None for hit in found.outcome.hits)
        known.seconds += found.outcome.seconds
        if found.tried.kind == RANDOM and not found.outcome.failed:
            known.passed[found.status] += 1
        else:
            known.results.append(found)

    def _pairs(self, wanted: Chosen) -> None:
        """Second faults where the runs of the first ones still come, each way of going on once."""
        firsts = [f for f in self.known.results if f.status == "survived" and f.tried.plan.faults]
        ways: set[str] = set()
        pairs: list[Try] = []
        plans = [found.tried.plan for found in firsts]
        for found, outcome in zip(
            firsts, self._engine.each(tasks.with_reached, self._run, plans), strict=True
        ):
            self._count(1)
            way = way_it_went(found.tried, outcome.reached)
            if outcome.reached and way not in ways:
                ways.add(way)
                pairs += seconds_after(found.tried, outcome.reached, wanted)
        self.known.planned = len(self.known.results) + len(pairs)
        self._sweep(pairs)

    def _shrink(self, control: History) -> None:
        """Each different failure once: its smallest plan, and what there is to say about it."""
        shrinker = Shrinker(self._ask, self._search.seed)
        controls = {self._search.seed: control}
        told: dict[tuple[str, ...], int] = {}
        for group in list(_groups(self.known.broken).values())[: self._search.shrunk_max]:
            smallest = shrinker.shrink(group[0].outcome)
            key = (*smallest.reason, smallest.plan.to_json())
            if key in told:
                before = self.known.failures[told[key]]
                self.known.failures[told[key]] = replace(before, count=before.count + len(group))
                continue
            told[key] = len(self.known.failures)
            explanation = self._explained(smallest, controls)
            self.known.failures.append(Failure(group[0], smallest, explanation, len(group)))

    def _ask(self, plan: Plan) -> Outcome:
        [outcome] = self._engine.each(tasks.outcome_of, self._run, [plan])
        self._count(1)
        return outcome

    def _explained(self, smallest: Outcome, controls: dict[int, History]) -> Explanation:
        plan = smallest.plan
        missing = [] if plan.seed in controls or not plan.faults else [Plan(plan.seed)]
        outcomes = list(self._engine.each(tasks.with_history, self._run, [plan, *missing]))
        self._count(len(outcomes))
        for control in outcomes[1:]:
            if control.history is not None:
                controls[plan.seed] = control.history
        compared = controls.get(plan.seed if plan.faults else self._search.seed)
        return explain(outcomes[0], compared)

    def _is_over(self) -> bool:
        """Is the budget spent?"""
        search = self._search
        spent = search.budget_runs is not None and self._begun >= search.budget_runs
        late = self._ends_at is not None and monotonic() >= self._ends_at
        self.known.out_of_budget = self.known.out_of_budget or spent or late
        self._begun += 1
        return spent or late

    def _count(self, runs: int) -> None:
        self.known.runs += runs
        self._watch(self.known)


def _found(tried: Try, outcome: Outcome) -> Found:
    """A run that passed though its fault landed elsewhere, or one of them nowhere, shows nothing."""
    hits = outcome.hits
    missed = None in hits if tried.after else bool(hits) and all(hit is None for hit in hits)
    elsewhere = tried.seq is not None and hits[-1:] != (tried.seq,)
    if outcome.status == "survived" and (missed or elsewhere):
        outcome = replace(outcome, status="not reached")
    return Found(tried, replace(outcome, plan=tried.plan))


def _kept(plan: Plan) -> Try:
    label = " + ".join(fault.kind for fault in plan.faults) or INTERLEAVING
    return Try(plan, "kept plan", "", "", label, KEPT)


def _random(candidates: Sequence[Candidate], seed: int) -> Iterator[Try]:
    from harness.explore import swarm

    for number, plan in enumerate(swarm.drawn(swarm.plans(candidates), seed), 1):
        label = " + ".join(fault.kind for fault in plan.faults)
        yield Try(plan, f"plan {number}", "random plans", "", label, RANDOM)


def _groups(broken: Sequence[Found]) -> dict[tuple[str, ...], list[Found]]:
    """Failures alike together: same reason, same place, same kinds of fault; in the order they were found."""
    groups: dict[tuple[str, ...], list[Found]] = {}
    for found in broken:
        place = found.outcome.concerned[0][0] if found.outcome.concerned else ""
        kinds = "+".join(fault.kind for fault in found.tried.plan.faults)
        groups.setdefault((*found.outcome.reason, place, kinds), []).append(found)
    return groups
