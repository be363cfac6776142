"""Random plans: a swarm of them, drawn by Hypothesis, the same ones for the same seed.

Each plan is drawn from a few kinds of fault only (a swarm finds more than the same mix everywhere), at places
that the control run has, hit at any occurrence, and under any interleaving.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from harness.faults.points import Candidate
from harness.plan import Counted, Fault, Plan

FAULTS_MAX = 4
OCCURRENCES_LATER_MAX = 3
SEEDS = 1_000_000
BATCH = 100
"""Plans drawn at once: Hypothesis steers a little by those that it has drawn before."""


def plans(candidates: Sequence[Candidate], faults_max: int = FAULTS_MAX) -> st.SearchStrategy[Plan]:
    """Plans of faults that can land somewhere. Raises `ValueError` if there are none."""
    if not candidates:
        raise ValueError("no fault can land anywhere: the control run has no fault points")
    by_kind: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_kind.setdefault(candidate.kind, []).append(candidate)
    return _plans(by_kind, faults_max)


@st.composite
def _plans(draw: st.DrawFn, by_kind: dict[str, list[Candidate]], faults_max: int) -> Plan:
    names = sorted(by_kind)
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=min(4, len(names)), unique=True))
    pool = [candidate.fault for kind in sorted(chosen) for candidate in by_kind[kind]]
    faults = draw(st.lists(_moved(pool), min_size=1, max_size=faults_max))
    return Plan(draw(st.integers(0, SEEDS)), tuple(faults))


@st.composite
def _moved(draw: st.DrawFn, pool: Sequence[Fault]) -> Fault:
    """One of these faults, at this occurrence or at one nearby, once or a few times."""
    fault = draw(st.sampled_from(pool))
    if not isinstance(fault, Counted) or fault.times is None:
        return fault
    nth = max(1, fault.nth + draw(st.integers(-OCCURRENCES_LATER_MAX, OCCURRENCES_LATER_MAX)))
    times = draw(st.sampled_from((1, 1, 1, 2, 3)))
    return replace(fault, nth=nth, times=times)


def drawn(strategy: st.SearchStrategy[Plan], seed: int) -> Iterator[Plan]:
    """Plans from the strategy, without end, each once; the same for the same seed."""
    known: set[bytes] = set()
    number = 0
    while True:
        for plan in _batch(strategy, seed * 1_000_003 + number):
            key = sha256(plan.to_json().encode()).digest()[:8]
            if key not in known:
                known.add(key)
                yield plan
        number += 1


def _batch(strategy: st.SearchStrategy[Plan], seed: int) -> list[Plan]:
    found: list[Plan] = []

    @seeded(seed)
    @settings(
        max_examples=BATCH,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(plan: Plan) -> None:
        found.append(plan)

    collect()
    return found
