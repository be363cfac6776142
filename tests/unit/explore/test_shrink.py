"""Shrinking: what each pass proposes, what is accepted, and how many runs it takes."""

from __future__ import annotations

from harness import faults
from harness.explore import Outcome
from harness.explore.shrink import (
    Shrinker,
    default_interleaving,
    earlier,
    less_often,
    milder,
    no_faults,
    simplicity,
    without_some,
)
from harness.plan import Plan

CRASH = faults.crash("Billing")
THROTTLE = faults.throttle("dynamodb:PutItem", nth=8)
SLOW = faults.slow("dynamodb:PutItem", 32)
COPIES = faults.redeliver("Orders", "Queue", copies=3, times=2)


def fails_if(condition, reason=("nothing_lost", "lost"), otherwise=None):
    """A run that fails for this reason if the condition holds for the plan."""

    def run(plan):
        if condition(plan):
            return Outcome(plan=plan, status="broken", invariant=reason[0], evidence=reason[1])
        return otherwise(plan) if otherwise else Outcome(plan=plan, status="recovered")

    return run


def shrunk(run, plan, seed=0):
    shrinker = Shrinker(run, seed)
    return shrinker.shrink(run(plan)).plan, shrinker.runs


def has(kind):
    return lambda plan: any(fault.kind == kind for fault in plan.faults)


def test_halves_are_left_out_first_then_single_faults():
    plan = Plan(0, (CRASH, THROTTLE, SLOW, COPIES))
    sizes = [len(proposed.faults) for proposed in without_some(plan, 0)]
    assert sizes == [2, 2, 3, 3, 3, 3]


def test_a_single_fault_is_not_left_out_by_that_pass():
    assert list(without_some(Plan(0, (CRASH,)), 0)) == []
    assert [plan.faults for plan in no_faults(Plan(0, (CRASH,)), 0)] == [()]


def test_the_first_occurrence_is_proposed_first():
    assert [p.faults[0].nth for p in earlier(Plan(0, (THROTTLE,)), 0)] == [1, 4, 7]


def test_seconds_are_halved_and_copies_become_one():
    assert [p.faults[0].seconds for p in milder(Plan(0, (SLOW,)), 0)] == [16]
    assert [p.faults[0].copies for p in milder(Plan(0, (COPIES,)), 0)] == [1]


def test_once_is_proposed_for_often():
    assert [p.faults[0].times for p in less_often(Plan(0, (COPIES,)), 0)] == [1]


def test_an_outage_stays_a_window():
    assert list(less_often(Plan(0, (faults.outage("sqs", for_seconds=60),)), 0)) == []


def test_the_seed_of_the_campaign_is_proposed_first():
    assert [p.seed for p in default_interleaving(Plan(77), 5)] == [5, 6, 7]


def test_fewer_faults_are_simpler_whatever_else():
    one, two = Plan(9, (THROTTLE,)), Plan(0, (CRASH, CRASH))
    assert simplicity(one, 0) < simplicity(two, 0)


def test_the_only_fault_that_matters_is_left():
    plan, runs = shrunk(fails_if(has("crash")), Plan(5, (THROTTLE, SLOW, CRASH, COPIES)))
    assert plan == Plan(0, (CRASH,))
    assert runs <= 8


def test_a_pair_that_is_needed_is_kept():
    run = fails_if(lambda plan: has("crash")(plan) and has("slow")(plan))
    plan, runs = shrunk(run, Plan(0, (THROTTLE, SLOW, CRASH, COPIES)))
    assert {fault.kind for fault in plan.faults} == {"crash", "slow"}
    assert runs <= 30


def test_another_reason_is_not_accepted():
    lost = fails_if(lambda plan: len(plan.faults) > 1)
    twice = fails_if(has("crash"), reason=("effects_once", "duplicated"))

    def run(plan):
        return lost(plan) if len(plan.faults) > 1 else twice(plan)

    plan, _ = shrunk(run, Plan(0, (CRASH, SLOW)))
    assert len(plan.faults) == 2


def test_an_interleaving_that_matters_is_kept():
    plan, _ = shrunk(fails_if(lambda plan: plan.seed == 77), Plan(77, (CRASH,)))
    assert plan == Plan(77)


def test_no_plan_is_run_twice():
    asked = []

    def run(plan):
        asked.append(plan.to_json())
        return fails_if(has("crash"))(plan)

    shrinker = Shrinker(run, 0)
    shrinker.shrink(fails_if(has("crash"))(Plan(3, (CRASH, THROTTLE, SLOW))))
    assert len(asked) == len(set(asked)) == shrinker.runs


def test_what_is_smallest_stays_as_it_is():
    run = fails_if(has("crash"))
    smallest, _ = shrunk(run, Plan(3, (CRASH, THROTTLE, SLOW)))
    again, runs = shrunk(run, smallest)
    assert (again, runs) == (smallest, 1)
