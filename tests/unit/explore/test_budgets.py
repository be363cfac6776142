"""The budget of a campaign: runs or seconds."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest

from harness.explore import Engine, Search, campaign, tasks
from harness.plan import Plan
from tests.helpers.shop import Shop


def test_a_budget_of_runs_ends_it():
    found = campaign(Shop(), Search(budget_runs=7))
    assert len(found.results) == 7
    assert found.out_of_budget


@pytest.mark.parametrize("runs", [1, 7, 40, 90, 400])
@pytest.mark.parametrize("search", [Search(), Search(depth=2), Search(random=True, budget_runs=1)], ids=str)
def test_a_budget_bounds_pairs_shrinking_and_explaining(search, runs):
    found = campaign(Shop(counts_twice=True, swallows=True), replace(search, budget_runs=runs))
    assert found.runs <= runs + 2  # the control runs


def test_a_part_of_the_budget_is_for_telling_what_was_found():
    found = campaign(Shop(counts_twice=True), Search(budget_runs=60))
    assert found.out_of_budget
    assert found.failures[0].explanation.timeline


def test_all_of_the_budget_is_for_finding_where_nothing_is_found():
    assert len(campaign(Shop(), Search(budget_runs=60)).results) == 60


def test_a_budget_of_time_ends_it(monkeypatch):
    looks = count()
    monkeypatch.setattr("harness.explore.search.monotonic", lambda: float(next(looks)))
    found = campaign(Shop(), Search(random=True, budget_seconds=10))
    assert found.out_of_budget
    assert found.tried == 8  # a look more between the part for searching and the rest


class Endless(Engine):
    """Makes so many runs, and no other one ever ends."""

    def __init__(self, made):
        super().__init__(ThreadPoolExecutor(1))
        self.made = made
        self.ended = []

    def submit(self, task, run, plan):
        future = Future()
        if self.made > 0:
            future.set_result(task(run, plan))
        self.made -= 1
        return future

    def end(self, runs):
        self.ended += runs


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("made", [2, 9, 130])
def test_a_run_that_does_not_end_holds_up_nothing_beyond_the_budget_of_time(made, depth):
    engine = Endless(made)
    found = campaign(Shop(counts_twice=True), Search(budget_seconds=0.01, depth=depth), engine=engine)
    assert found.out_of_budget
    assert found.runs <= made
    assert found.tried <= made - 2  # the control runs


def test_a_run_for_which_no_time_is_left_is_ended():
    engine = Endless(1)
    outcomes = engine.each(tasks.outcome_of, Shop(), [Plan(0), Plan(1), Plan(2)], lambda: 0.0)
    assert [outcome.plan for outcome in outcomes] == [Plan(0)]
    assert len(engine.ended) == 2


def test_random_plans_need_a_budget():
    with pytest.raises(ValueError, match="budget"):
        Search(random=True)
