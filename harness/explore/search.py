"""A campaign: many runs of one scenario, and the failures among them.

It takes `run(plan) → Outcome` and knows no cloud. Results are in the order of the plans, never in the order
in which runs ended.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from time import monotonic

from harness.explore import tasks
from harness.explore.budget import SEARCHING, Budget, Rest
from harness.explore.candidates import candidates_of
from harness.explore.causes import grouped
from harness.explore.engine import Engine, Run, Serial, Task
from harness.explore.explain import Explanation, explain
from harness.explore.outcome import Outcome, Status, more_than
from harness.explore.points import points_of
from harness.explore.representatives import EACH, representatives
from harness.explore.shrink import Shrinker
from harness.explore.sweep import (
    INTERLEAVING,
    Try,
    continuation,
    interleavings,
    seconds_after,
    singles,
)
from harness.faults.places import all_pass
from harness.faults.points import Candidate, Point
from harness.history import Difference, History, first_difference
from harness.invariants.recovered_within import IDLE
from harness.plan import Plan

RANDOM = "random"
KEPT = "kept"
SHRUNK_MAX = 10
"""Different failures of a scenario that are shrunk and told in full."""

INTERLEAVINGS = 5


@dataclass(frozen=True, kw_only=True)
class Search:
    """The settings of a search.

    `depth`: 1 for single faults, 2 for pairs as well. `random`: a swarm of random plans instead, which needs
    a budget. `budget_runs` and `budget_seconds` end it: after so many runs beside the control runs (and the
    report is the same anywhere) or after so much time, shrinking and explaining included; then runs that
    have not ended are left out.
    `each`: how many of the points that are alike, 1 to 3. `kinds` of fault to try; None: all.
    `stop_at_first`: nothing more is tried after the first failure. `interleavings`: runs without faults under
    other seeds. `shrunk_max`: failures that are shrunk.
    """

    depth: int = 1
    random: bool = False
    seed: int = 0
    budget_runs: int | None = None
    budget_seconds: float | None = None
    each: int = EACH
    kinds: frozenset[str] | None = None
    interleavings: int = INTERLEAVINGS
    shrunk_max: int = SHRUNK_MAX
    stop_at_first: bool = False

    def __post_init__(self) -> None:
        if self.random and self.budget_runs is None and self.budget_seconds is None:
            raise ValueError("random plans never end: pass budget_runs or budget_seconds")

    def wants(self, candidate: Candidate) -> bool:
        """Is this fault to be tried?"""
        return self.kinds is None or candidate.kind in self.kinds


@dataclass(frozen=True)
class Found:
    """A try and its outcome, without a history."""

    tried: Try
    outcome: Outcome

    @property
    def status(self) -> Status:
        """The status of its outcome."""
        return self.outcome.status


@dataclass(frozen=True)
class Failure:
    """Why a scenario fails, told once: the first try that showed it, the smallest plan that still fails for
    that reason, and how many tries failed like this, by kinds of fault. Plans kept from an earlier campaign
    are what was found there; they count only if no other try shows it."""

    first: Found
    smallest: Outcome
    explanation: Explanation
    kinds: Counter[str]

    @property
    def count(self) -> int:
        """So many tries failed like this."""
        return self.kinds.total()

    def with_more(self, group: Sequence[Found]) -> Failure:
        """The same, of which these are more."""
        return replace(self, kinds=_kinds(group, self.kinds))


@dataclass
class Campaign:
    """The state of a campaign. `runs` counts all runs, those of shrinking included.

    `results` are the tries in order. Of random plans only those that failed are kept; `passed` counts the
    others by how they ended, so that a long campaign takes no more memory than a short one. `acted` counts
    faults that acted in tries, `seconds` the virtual time of tries. `difference` is where two control runs
    part; `explanation` is of a control run that fails. `untold` counts failing tries that no failure tells.
    """

    seed: int
    control: Outcome | None = None
    difference: Difference | None = None
    explanation: Explanation = field(default_factory=Explanation)
    results: list[Found] = field(default_factory=list)
    passed: Counter[Status] = field(default_factory=Counter)
    acted: int = 0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)
    runs: int = 0
    planned: int | None = None
    interrupted: bool = False
    out_of_budget: bool = False
    stopped: bool = False
    untold: int = 0

    @property
    def deterministic(self) -> bool:
        """Are two runs without faults the same, event by event?"""
        return self.difference is None

    @property
    def can_explore(self) -> bool:
        """Does the scenario hold without faults? Else there is nothing to explore."""
        return self.control is not None and self.control.status == "recovered"

    @property
    def tried(self) -> int:
        """The number of tries that have ended."""
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
    `KeyboardInterrupt` ends the campaign, and its state is returned: failures as they were found.
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
        self._budget = Budget(search.budget_runs, search.budget_seconds, monotonic)
        self.known = Campaign(search.seed)

    def explore(self, kept: Sequence[Plan]) -> None:
        """Do all of it."""
        control, again = self._engine.each(tasks.with_history, self._run, [Plan(self._search.seed)] * 2)
        self.known.control = control
        self._count(2)
        if control.history is None or again.history is None:
            return
        self.known.difference = first_difference(control.history, again.history)
        if not self.known.can_explore:
            self.known.explanation = explain(control, None)
            return
        points = points_of(control.history)
        tries = Rest(self._first_tries(points, kept))
        pairs: Rest[Try] | None = None
        for share in (SEARCHING, 1.0):
            self.known.out_of_budget = False
            self._sweep(tries, share)
            if self._search.depth > 1 and not (self._search.random or self._is_over):
                pairs = pairs or Rest(self._pairs())
                self._sweep(pairs, share)
            if self.known.broken or not self._is_over:
                break
        self._shrink(control.history)

    def _first_tries(self, points: Sequence[Point], kept: Sequence[Plan]) -> Iterable[Try]:
        """Kept plans, then every single fault; or random plans."""
        search = self._search
        tries: list[Try] = [_kept(plan) for plan in kept]
        if not search.random:
            tries = _before(tries, singles(points, search.seed, search.wants, search.each))
            tries += interleavings(search.seed, search.interleavings)
            self.known.planned = len(tries)
            return tries
        candidates = [
            candidate
            for one in representatives(points, search.each, search.seed)
            for candidate in candidates_of(one.point)
            if search.wants(candidate)
        ]
        return chain(tries, _random(candidates, search.seed)) if candidates else tries

    @property
    def _is_over(self) -> bool:
        return self.known.out_of_budget or self.known.stopped

    def tell_unshrunk(self) -> None:
        """Failures that there was no time to shrink and explain, if none was."""
        groups = self._groups() if not self.known.failures else []
        for group in groups[: self._search.shrunk_max]:
            self.known.failures.append(_told(group, group[0].outcome, Explanation()))
        self.known.untold = sum(map(len, groups[self._search.shrunk_max :]))

    def _groups(self) -> list[list[Found]]:
        results = self.known.results
        numbered = ((number, one.outcome) for number, one in enumerate(results) if one.outcome.failed)
        return [[results[number] for number in group] for group in grouped(numbered, self.known.control)]

    def _sweep(self, tries: Rest[Try], share: float) -> None:
        given: deque[Try] = deque()

        def plans() -> Iterator[Plan]:
            for one in tries:
                if not self._takes(share):
                    tries.put_back(one)
                    return
                given.append(one)
                yield one.plan

        for outcome in self._each(tasks.outcome_of, plans()):
            self._note(ended_as(given.popleft(), outcome, self.known.control))
            self._count(1)
            if self._search.stop_at_first and self.known.results and self.known.results[-1].outcome.failed:
                self.known.stopped = True
                return
        self.known.out_of_budget = self.known.out_of_budget or bool(given)

    def _each(self, task: Task, plans: Iterable[Plan]) -> Iterator[Outcome]:
        """The outcomes of these plans, as far as there is time."""
        return self._engine.each(task, self._run, plans, self._budget.left)

    def _takes(self, share: float = 1.0) -> bool:
        enough = self._budget.takes(share)
        self.known.out_of_budget = self.known.out_of_budget or not enough
        return enough

    def _note(self, found: Found) -> None:
        known = self.known
        known.acted += sum(hit is not None for hit in found.outcome.hits)
        known.seconds += found.outcome.seconds
        if found.tried.kind == RANDOM and not found.outcome.failed:
            known.passed[found.status] += 1
        else:
            known.results.append(found)

    def _pairs(self) -> list[Try]:
        """Second faults where the runs of the first ones still come; runs that go on in the same way once."""
        firsts = [f for f in self.known.results if f.outcome.ended_well and f.tried.plan.faults]
        seen: set[str] = set()
        pairs: list[Try] = []
        plans = (found.tried.plan for found in firsts if self._takes())
        outcomes = self._each(tasks.with_reached, plans)
        for found, outcome in zip(firsts, outcomes, strict=False):
            self._count(1)
            mark = continuation(found.tried, outcome.reached)
            if outcome.reached and mark not in seen:
                seen.add(mark)
                pairs += seconds_after(found.tried, outcome.reached, self._search.wants)
        self.known.planned = len(self.known.results) + len(pairs)
        return pairs

    def _shrink(self, control: History) -> None:
        """Each different failure once: its smallest plan, and its explanation."""
        shrinker = Shrinker(self._ask, self._search.seed, may_run=self._budget.takes)
        controls = {self._search.seed: control}
        told: dict[tuple[str, ...], int] = {}
        for group in self._groups():
            if len(self.known.failures) >= self._search.shrunk_max:
                self.known.untold += len(group)
                continue
            smallest = shrinker.shrink(group[0].outcome)
            key = (*smallest.reason, smallest.plan.to_json())
            if key in told:
                before = self.known.failures[told[key]]
                self.known.failures[told[key]] = before.with_more(group)
                continue
            told[key] = len(self.known.failures)
            explanation = self._explained(smallest, controls)
            self.known.failures.append(_told(group, smallest, explanation))

    def _ask(self, plan: Plan) -> Outcome | None:
        outcome = next(self._each(tasks.outcome_of, [plan]), None)
        self._count(outcome is not None)
        return outcome

    def _explained(self, smallest: Outcome, controls: dict[int, History]) -> Explanation:
        plan = smallest.plan
        missing = [] if plan.seed in controls or not plan.faults else [Plan(plan.seed)]
        plans = [one for one in (plan, *missing) if self._budget.takes()]
        outcomes = list(self._each(tasks.with_history, plans))
        self._count(len(outcomes))
        for control in outcomes[1:]:
            if control.history is not None:
                controls[plan.seed] = control.history
        compared = controls.get(plan.seed if plan.faults else self._search.seed)
        return explain(outcomes[0], compared) if outcomes else Explanation()

    def _count(self, runs: int) -> None:
        self.known.runs += runs
        self._watch(self.known)


def _told(group: Sequence[Found], smallest: Outcome, explanation: Explanation) -> Failure:
    return Failure(group[0], smallest, explanation, _kinds(group))


def _kinds(group: Sequence[Found], known: Mapping[str, int] | None = None) -> Counter[str]:
    kinds = Counter(known) + Counter(found.tried.kind for found in group)
    if len(kinds) > 1:
        del kinds[KEPT]
    return kinds


def ended_as(tried: Try, outcome: Outcome, control: Outcome | None) -> Found:
    """A run that passed though its fault hit elsewhere, or one of them nowhere, shows nothing.

    A dead letter is an end for a message only under a fault that stays, and is about it. A refusal is one
    under any fault, as whoever asked was told; it is said.
    """
    hits = outcome.hits
    missed = None in hits if tried.after else bool(hits) and all(hit is None for hit in hits)
    elsewhere = tried.seq is not None and hits[-1:] != (tried.seq,)
    idle = outcome.status == "unknown" and outcome.evidence == IDLE
    if idle or (outcome.ended_well and (missed or elsewhere)):
        outcome = replace(outcome, status="not reached")
    unowed = outcome.dead_letters if all_pass(outcome.plan.faults) else outcome.bystanders
    dead = more_than(unowed, () if control is None else control.dead_letters)
    if outcome.status == "recovered" and dead:
        place, message = dead[0]
        outcome = replace(outcome, status="dead-lettered", why=f"{message} in {place}")
    refused = [each for each in outcome.refused if control is None or each not in control.refused]
    if outcome.status == "recovered" and refused and all_pass(outcome.plan.faults):
        place, message = refused[0]
        outcome = replace(outcome, why=f"{message} refused by {place}")
    return Found(tried, replace(outcome, plan=tried.plan))


def _kept(plan: Plan) -> Try:
    label = " + ".join(fault.kind for fault in plan.faults) or INTERLEAVING
    return Try(plan, "kept plan", "", "", label, KEPT)


def _before(kept: Sequence[Try], others: Iterable[Try]) -> list[Try]:
    """Kept plans first; one that is a fault point of this campaign is tried once, as that."""
    points = [(one.plan.to_json(), one) for one in others]
    texts = {text for text, _ in points}
    ranks = {one.plan.to_json(): rank for rank, one in enumerate(kept)}
    points.sort(key=lambda point: ranks.get(point[0], len(ranks)))
    return [*(one for one in kept if one.plan.to_json() not in texts), *(one for _, one in points)]


def _random(candidates: Sequence[Candidate], seed: int) -> Iterator[Try]:
    from harness.explore import swarm

    for number, plan in enumerate(swarm.drawn(swarm.plans(candidates), seed), 1):
        label = " + ".join(fault.kind for fault in plan.faults)
        yield Try(plan, f"plan {number}", "random plans", "", label, RANDOM)
