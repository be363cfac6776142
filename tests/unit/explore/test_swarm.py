"""Random plans: drawn from what can land, the same for the same seed."""

from __future__ import annotations

from itertools import islice

import pytest

from harness.explore.candidates import candidates_of
from harness.explore.points import points_of
from harness.explore.swarm import FAULTS_MAX, drawn, plans
from harness.plan import Plan, kinds
from tests.helpers.shop import Shop

CANDIDATES = [candidate for point in points_of(Shop()(Plan()).history) for candidate in candidates_of(point)]


def some(seed, count=120):
    return list(islice(drawn(plans(CANDIDATES), seed), count))


def test_the_same_seed_draws_the_same_plans():
    assert some(1) == some(1)


def test_another_seed_draws_others():
    assert set(map(str, some(1))) != set(map(str, some(2)))


def test_no_plan_is_drawn_twice():
    found = [plan.to_json() for plan in some(3, 250)]
    assert len(set(found)) == len(found)


def test_plans_have_a_few_faults_of_many_kinds_and_interleavings():
    found = some(4, 300)
    assert {len(plan.faults) for plan in found} == set(range(1, FAULTS_MAX + 1))
    assert (
        {fault.kind for plan in found for fault in plan.faults}
        == {candidate.kind for candidate in CANDIDATES}
        <= set(kinds())
    )
    assert len({plan.seed for plan in found}) > 50


def test_every_plan_can_be_stored():
    assert all(Plan.from_json(plan.to_json()) == plan for plan in some(5))


def test_where_nothing_can_land_nothing_is_drawn():
    with pytest.raises(ValueError, match="no fault points"):
        plans([])
