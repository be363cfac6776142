"""Failures of one cause are found to be one bug."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness import faults
from harness.explore.causes import grouped, missing_steps, steps_of
from harness.explore.outcome import Outcome
from harness.plan import Plan
from tests.helpers.runs import Written

WRITES = "Billing → dynamodb:PutItem Ledger"
SENDS = "Billing → sqs:SendMessage Packing"
CONTROL = Outcome(plan=Plan(0), status="recovered", steps=((WRITES, 2), (SENDS, 2)))
TWICE = Outcome(
    plan=Plan(0, (faults.crash("Billing"),)),
    status="broken",
    invariant="effects_once",
    evidence="duplicated",
    concerned=(("Orders", "m-1"),),
    steps=CONTROL.steps,
)
UNDER_ANOTHER = replace(TWICE, plan=Plan(0, (faults.ack_lost("Orders", "Billing"),)))
OF_ANOTHER_MESSAGE = replace(TWICE, concerned=(("Orders", "m-2"),))


def groups(*outcomes):
    """The numbers of the failures that are told together."""
    return grouped(enumerate(outcomes), CONTROL)


@pytest.mark.parametrize("same", [UNDER_ANOTHER, OF_ANOTHER_MESSAGE], ids=["fault", "message"])
def test_one_bug_is_one_group_whatever_shows_it(same):
    assert groups(TWICE, same) == [[0, 1]]


@pytest.mark.parametrize(
    "other",
    [
        replace(TWICE, invariant="nothing_lost"),
        replace(TWICE, evidence="missing"),
        replace(TWICE, concerned=(("Refunds", "m-1"),)),
        replace(TWICE, steps=((WRITES, 2), (SENDS, 1))),
    ],
    ids=["claim", "evidence", "place", "missing step"],
)
def test_another_cause_is_another_group(other):
    assert groups(TWICE, other) == [[0], [1]]


def test_how_often_a_step_is_missing_makes_no_difference():
    once, never = (replace(TWICE, steps=((WRITES, 2), *more)) for more in (((SENDS, 1),), ()))
    assert groups(once, never) == [[0, 1]]


CUT_OFF_LATE = replace(TWICE, evidence="test_shop.py:9", why="assert 1 == 2", steps=((WRITES, 2), (SENDS, 1)))
CUT_OFF_EARLY = replace(CUT_OFF_LATE, steps=((WRITES, 1), (SENDS, 1)))


def test_work_that_is_cut_off_sooner_or_later_and_fails_in_the_same_words_is_one_group():
    assert groups(CUT_OFF_EARLY, CUT_OFF_LATE) == [[0, 1]]
    assert groups(CUT_OFF_LATE, CUT_OFF_EARLY) == [[0, 1]]


@pytest.mark.parametrize(
    "other",
    [
        replace(CUT_OFF_LATE, steps=((WRITES, 1), (SENDS, 2))),
        replace(CUT_OFF_EARLY, why="assert 0 == 2"),
    ],
    ids=["other step", "other words"],
)
def test_words_and_steps_that_differ_tell_causes_apart(other):
    assert groups(CUT_OFF_LATE, other) == [[0], [1]]


def test_the_words_of_the_first_stand_for_its_group():
    in_other_words = replace(CUT_OFF_EARLY, why="assert 0 == 2")
    assert groups(CUT_OFF_EARLY, in_other_words, replace(CUT_OFF_LATE, why="assert 0 == 2")) == [[0, 1], [2]]


def test_how_many_messages_a_verdict_names_and_which_makes_no_difference():
    one = replace(CUT_OFF_LATE, invariant="in_order", why="in_order: broken: 1 of 5 out of order\n  m-1")
    two = replace(CUT_OFF_EARLY, invariant="in_order", why="in_order: broken: 2 of 5 out of order\n  m-2")
    assert groups(one, two) == [[0, 1]]


def test_other_figures_of_a_verdict_are_another_cause():
    more = replace(CUT_OFF_LATE, invariant="sums", why="sums: broken: paid adds up to 22, not 18")
    less = replace(CUT_OFF_EARLY, invariant="sums", why="sums: broken: paid adds up to 16, not 18")
    assert groups(more, less) == [[0], [1]]


def test_a_step_that_was_done_more_often_is_not_missing():
    assert missing_steps(((WRITES, 5), (SENDS, 1)), CONTROL.steps) == ((SENDS, 1),)


def test_broken_comes_before_unknown_and_a_fault_that_passes_before_one_that_stays():
    unknown = replace(TWICE, status="unknown", evidence="unsettled")
    stays = replace(TWICE, evidence="missing", plan=Plan(0, (faults.access_denied("sqs:SendMessage"),)))
    assert groups(unknown, stays, TWICE) == [[2], [1], [0]]


def test_of_one_cause_a_race_without_any_fault_is_told_first():
    assert groups(TWICE, replace(TWICE, plan=Plan(3))) == [[1, 0]]


def test_of_one_cause_a_fault_that_passes_is_told_first():
    stays = replace(TWICE, plan=Plan(0, (faults.access_denied("sqs:SendMessage"),)))
    assert groups(stays, TWICE) == [[1, 0]]


def test_a_step_on_what_a_function_makes_for_each_message_is_one_step():
    run = Written()
    run.send("Visits", "m-1", {})
    with run.run("Visits", "Plan", "m-1") as invocation:
        for name in ("v-1", "v-2"):
            run.call("scheduler:CreateSchedule", name, actor="Plan", cause=invocation)
    assert steps_of(run.settle()) == (("Plan → scheduler:CreateSchedule scheduler:*", 2),)


def test_steps_are_the_changes_that_functions_made():
    run = Written()
    run.send("Orders", "m-1", {})
    with run.run("Orders", "Billing", "m-1") as invocation:
        how = {"actor": "Billing", "cause": invocation}
        run.call("dynamodb:GetItem", "Ledger", **how)
        run.call("dynamodb:PutItem", "Ledger", **how, lost=True)
        run.call("dynamodb:PutItem", "Ledger", **how, error="ThrottlingException")
    assert steps_of(run.settle()) == ((WRITES, 1),)
