"""Campaigns over an app without a cloud: what is found, what isn't, and that it is always the same."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest

from harness import faults
from harness.expectations import Broken
from harness.explore import Engine, Outcome, Search, campaign, tasks
from harness.explore.candidates import candidates_of
from harness.explore.outcome import bystanders_of, refused_of
from harness.explore.points import points_of
from harness.explore.record import record
from harness.explore.search import ended_as
from harness.explore.sweep import Try
from harness.history.executions import FAILED_EXECUTIONS, ExecutionEnd, record_end
from harness.invariants.verdict import broken
from harness.plan import Plan
from harness.plugin.judged import judged
from tests.helpers.runs import Written
from tests.helpers.shop import Shop


def ended(found):
    return {one.tried.name: one.status for one in found.results}


def smallest(found):
    return [failure.smallest.plan for failure in found.failures]


def kinds_that_broke(found):
    return {one.tried.kind for one in found.broken}


def test_an_app_that_recovers_is_not_accused():
    found = campaign(Shop())
    assert found.broken == []
    assert found.failures == []
    assert len([one for one in found.results if one.status == "recovered"]) > 40


def test_effects_that_happen_twice_are_found():
    found = campaign(Shop(counts_twice=True))
    assert kinds_that_broke(found) == {"redeliver", "crash", "time_out", "out_of_memory", "answer_lost"}
    assert Plan(0, (faults.redeliver("Orders", "Queue"),)) in smallest(found)


def test_a_swallowed_error_is_found():
    found = campaign(Shop(swallows=True))
    assert {"throttle", "server_error", "request_lost", "access_denied"} <= kinds_that_broke(found)
    assert {failure.smallest.evidence for failure in found.failures} == {"missing"}


def test_a_fault_that_never_acts_is_not_survived():
    found = campaign(Shop())
    assert ended(found)["Queue ⇒ Billing #1: ack_lost"] == "not reached"


def test_a_dead_letter_under_a_fault_that_passes_is_not_recovered():
    found = campaign(Shop(orders=1, tries=1, dead_letters=True))
    statuses = {one.tried.label: one.status for one in found.results if one.tried.kind != "interleaving"}
    assert statuses["crash"] == statuses["throttle"] == "dead-lettered"
    assert found.broken == []


def test_a_dead_letter_is_an_end_under_a_fault_that_stays():
    found = campaign(Shop(orders=1, tries=1, dead_letters=True), Search(kinds=frozenset({"access_denied"})))
    assert ended(found)["Billing → dynamodb:PutItem Ledger #1: access_denied"] == "recovered"


def test_a_claim_that_has_nothing_to_recover_from_is_not_reached():
    plan = Plan(0, (faults.clock_skew("Billing", seconds=1.0),))
    outcome = Outcome(plan=plan, status="unknown", evidence="idle", hits=(None,))
    tried = Try(
        plan, "Billing (invocation) #1", "Billing (invocation)", "", "clock_skew", "clock_skew", seq=1
    )
    assert ended_as(tried, outcome, None).status == "not reached"
    assert ended_as(tried, replace(outcome, evidence="unknown"), None).status == "unknown"


def test_a_dead_letter_of_the_control_run_is_no_dead_letter_of_the_fault():
    outcome = Outcome(plan=Plan(0, (faults.crash("Billing"),)), status="recovered", hits=(1,))
    left = (("Dead", "o-1"),)
    found, control = replace(outcome, dead_letters=left), Outcome(plan=Plan(0), status="recovered")
    tried = Try(outcome.plan, "Billing (invocation) #1", "Billing (invocation)", "", "crash", "crash", seq=1)
    assert ended_as(tried, found, control).status == "dead-lettered"
    assert ended_as(tried, found, replace(control, dead_letters=left)).status == "recovered"


POISON = Plan(0, (faults.poison("Billing"),))


def batch_of_two(*, about=(), fault=True):
    """A batch that fails as a whole, and becomes dead letters."""
    run = Written()
    for number in range(2):
        run.send("Orders", f"m-{number}", {"order": f"o-{number}"})
    with run.run("Orders", "Billing", "m-0", "m-1", outcome="error") as invocation:
        hop = run.history()[invocation.cause]
        if fault:
            run.recorder.fault(hop, index=0, kind="poison", what="alter", messages=about)
    for number in range(2):
        run.dead_letter("Orders", f"m-{number}", "Dead")
    return run.settle()


def test_a_neighbour_of_a_poisoned_message_that_becomes_a_dead_letter_has_not_recovered():
    bystanders = bystanders_of(batch_of_two(about=("m-0",)), POISON)
    assert bystanders == (("Dead", '{"order": "o-1"}'),)
    outcome = Outcome(plan=POISON, status="recovered", hits=(1,), dead_letters=bystanders)
    tried = Try(POISON, "Orders ⇒ Billing #1", "Orders ⇒ Billing", "", "poison", "poison", seq=1)
    control = Outcome(plan=Plan(0), status="recovered")
    assert ended_as(tried, replace(outcome, bystanders=bystanders), control).status == "dead-lettered"
    assert ended_as(tried, outcome, control).status == "recovered"


STOP = Plan(0, (faults.stop_execution("Saga", "Charge"),))


def stopped(redriven=False):
    """An execution that a fault stops; it fails, and is kept until somebody redrives it."""
    run = Written()
    accepted = run.send("Saga", "m-1", {"order": "o-1"})
    begun = run.recorder.execution("Saga", ("m-1",), name="e-1", source="Saga", cause=accepted, actor="test")
    run.fault(run.recorder.entered(begun, "Charge", number=1), "stop_execution", "kill")
    end = ExecutionEnd(status="ABORTED")
    ended, _ = record_end(run.recorder, begun, end, actor="stepfunctions")
    if redriven:
        kept = f"Saga{FAILED_EXECUTIONS}"
        run.recorder.moved(kept, ("m-1",), to="Saga", ids=("m-1",), actor="test")
        again = run.recorder.execution("Saga", ("m-1",), name="e-1", source="Saga", cause=ended, actor="test")
        record_end(run.recorder, again, ExecutionEnd(status="SUCCEEDED"), actor="stepfunctions")
    return run.settle()


@pytest.mark.parametrize(
    ("history", "error", "status"),
    [
        (stopped(), AssertionError("half done"), "dead-lettered"),
        (stopped(), Broken("broken", broken("nothing_lost", "lost", "1 of 1 lost")), "broken"),
        (stopped(redriven=True), AssertionError("half done"), "broken"),
    ],
    ids=["an assertion", "an invariant", "an assertion though it was redriven"],
)
def test_an_assertion_is_not_broken_by_work_that_waits_for_its_redrive(history, error, status):
    assert judged(STOP, history, error).status == status


def test_another_fault_breaks_an_assertion_though_an_execution_is_stopped():
    both = Plan(0, (*STOP.faults, faults.crash("Charge")))
    assert judged(both, stopped(), AssertionError("half done")).status == "broken"


def test_work_that_was_broken_off_elsewhere_shows_nothing():
    tried = Try(STOP, "Saga (state Charge) #1", "Saga (state Charge)", "", "stop", "stop_execution", seq=9)
    outcome = Outcome(plan=STOP, status="dead-lettered", hits=(2,))
    assert ended_as(tried, outcome, None).status == "not reached"


@pytest.mark.parametrize(
    ("history", "plan"),
    [
        (batch_of_two(), POISON),
        (batch_of_two(about=("m-0",)), Plan(0, (faults.crash("Billing"),))),
        (batch_of_two(fault=False), POISON),
    ],
    ids=["of the whole batch", "that passes", "that never acted"],
)
def test_nobody_stands_by_a_fault(history, plan):
    assert bystanders_of(history, plan) == ()


def test_what_came_of_a_poisoned_message_is_no_bystander():
    run = Written()
    run.send("Orders", "m-0", {"order": "o-0"})
    with run.run("Orders", "Billing", "m-0") as invocation:
        run.recorder.fault(run.history()[invocation.cause], index=0, kind="poison", what="alter")
        run.send("Failed", "f-0", {"unreadable": True}, actor="Billing", cause=invocation)
    run.work("Failed", "Sort", "f-0", outcome="error")
    run.dead_letter("Failed", "f-0", "Dead")
    assert bystanders_of(run.settle(), POISON) == ()


def test_a_message_that_fails_without_the_poisoned_one_too_is_no_bystander():
    run = Written()
    for number in range(2):
        run.send("Orders", f"m-{number}", {"order": f"o-{number}"})
    with run.run("Orders", "Billing", "m-0", "m-1", outcome="error") as invocation:
        hop = run.history()[invocation.cause]
        run.recorder.fault(hop, index=0, kind="poison", what="alter", messages=("m-0",))
    run.dead_letter("Orders", "m-0", "Dead")
    run.work("Orders", "Billing", "m-1", outcome="error", count=2)
    run.dead_letter("Orders", "m-1", "Dead")
    assert bystanders_of(run.settle(), POISON) == ()


def test_a_fault_on_a_call_may_be_about_any_message():
    run = Written()
    run.send("Orders", "m-0", {"order": "o-0"})
    with run.run("Orders", "Billing", "m-0", outcome="error") as invocation:
        call = run.call("dynamodb:PutItem", "Ledger", actor="Billing", cause=invocation, error="Denied")
        run.fault(call, "access_denied", "refuse")
    run.dead_letter("Orders", "m-0", "Dead")
    assert bystanders_of(run.settle(), Plan(0, (faults.access_denied("dynamodb:PutItem"),))) == ()


def test_a_refusal_under_a_fault_that_passes_is_told_and_one_of_the_control_run_is_not():
    outcome = Outcome(plan=Plan(0, (faults.crash("Billing"),)), status="recovered", hits=(1,))
    found, control = (
        replace(outcome, refused=(("Api: 503", "o-1"),)),
        Outcome(plan=Plan(0), status="recovered"),
    )
    tried = Try(outcome.plan, "Billing (invocation) #1", "Billing (invocation)", "", "crash", "crash", seq=1)
    told = ended_as(tried, found, control).outcome
    assert (told.status, told.why) == ("recovered", "o-1 refused by Api: 503")
    assert ended_as(tried, found, replace(control, refused=found.refused)).outcome.why == ""
    denied = Plan(0, (faults.access_denied("dynamodb:PutItem"),))
    stays = replace(tried, plan=denied)
    assert ended_as(stays, replace(found, plan=denied), control).outcome.why == ""


def test_what_was_refused_is_not_if_the_same_was_sent_again_and_applied():
    run = Written()
    for number, again in ((1, False), (2, True)):
        run.send("Api", f"m-{number}", {"order": number})
        run.recorder.purged("Api", (f"m-{number}",), reason="its client was told: 503", actor="execute-api")
        if again:
            run.send("Api", "m-3", {"order": number})
            run.work("Api", "Bill", "m-3")
    run.send("Api", "m-4", {"order": 4})
    run.recorder.purged("Api", ("m-4",), reason="PurgeQueue", actor="test")
    assert refused_of(run.settle()) == (("Api: its client was told: 503", '{"order": 1}'),)


def test_the_record_tells_of_dead_letters_that_need_no_fault():
    shop = Shop(orders=1, tries=1, dead_letters=True)
    healthy = campaign(shop, Search(kinds=frozenset()))
    assert record("shop", healthy)["control"]["dead_letters"] == []
    dead = replace(healthy.control, dead_letters=(("Dead", "o-1"),))
    assert record("shop", replace(healthy, control=dead))["control"]["dead_letters"] == ["o-1 in Dead"]


def test_the_record_tells_how_each_try_ended():
    kinds = frozenset({"crash", "ack_lost", "access_denied"})
    found = campaign(Shop(orders=1, tries=1, dead_letters=True, counts_twice=True), Search(kinds=kinds))
    told = {one["fault"]: one["status"] for one in record("shop", found)["tries"]}
    assert told == {
        "ack_lost": "not reached",
        "access_denied": "recovered",
        "crash": "dead-lettered",
        "crash before": "dead-lettered",
        "interleaving": "recovered",
    }


def test_a_race_is_found_without_any_fault():
    found = campaign(Shop(racy_seeds=(3,)))
    assert smallest(found) == [Plan(3)]


def test_an_app_that_fails_without_faults_is_not_explored():
    found = campaign(Shop(fails_always=True))
    assert not found.can_explore
    assert found.results == []


def test_a_scenario_of_which_no_two_runs_are_alike_is_told():
    assert not campaign(Shop(shaky=True)).deterministic
    assert campaign(Shop()).deterministic


def test_what_two_faults_break_is_found_by_pairs_only():
    search = Search(kinds=frozenset({"crash"}))
    assert campaign(Shop(tries=2), search).broken == []
    found = campaign(Shop(tries=2), replace(search, depth=2))
    assert smallest(found) == [
        Plan(0, (faults.crash("Billing", "before"), faults.crash("Billing", "before", nth=2)))
    ]


def test_pairs_whose_members_can_not_meet_are_left_out():
    found = campaign(Shop(orders=4), Search(depth=2, kinds=frozenset({"crash"})))
    pairs = [one.tried for one in found.results if one.tried.after]
    assert {(pair.after, pair.point) for pair in pairs} == {
        ("Billing (invocation) #1: crash before", "Billing (invocation) #2"),
        ("Billing (invocation) #1: crash", "Billing (invocation) #2"),
    }


def test_a_pair_may_crash_the_invocation_in_which_the_first_fault_hit_a_call():
    kinds = frozenset({"answer_lost", "crash"})
    found = campaign(Shop(orders=1), Search(depth=2, kinds=kinds))
    pairs = [one for one in found.results if one.tried.after.startswith("Billing → dynamodb:PutItem")]
    assert "crash" in {one.tried.label for one in pairs if one.tried.point == "Billing (invocation) #1"}
    assert "crash before" not in {one.tried.label for one in pairs if one.tried.point.endswith("#1")}


def test_only_the_wanted_kinds_are_tried():
    found = campaign(Shop(), Search(kinds=frozenset({"crash"}), interleavings=0))
    assert {one.tried.kind for one in found.results} == {"crash"}


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


def test_it_can_end_at_the_first_failure():
    found = campaign(Shop(counts_twice=True), Search(stop_at_first=True))
    assert found.stopped
    assert [one.outcome.failed for one in found.results].count(True) == 1
    assert found.results[-1].outcome.failed
    assert len(found.failures) == 1


def test_failures_that_are_not_told_are_counted():
    shop = Shop(orders=4, swallows=True, counts_twice=True)
    whole, found = campaign(shop), campaign(shop, Search(shrunk_max=1))
    assert len(whole.failures) > len(found.failures) == 1
    assert found.untold + found.failures[0].count == len(found.broken)


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


def test_random_plans_find_what_takes_two_faults():
    found = campaign(Shop(tries=2), Search(random=True, budget_runs=150, seed=1))
    assert found.broken
    assert min(len(plan.faults) for plan in smallest(found)) <= 2


def test_kept_plans_are_tried_first():
    kept = Plan(0, (faults.crash("Billing", nth=2),))
    found = campaign(Shop(counts_twice=True), kept=[kept])
    assert found.results[0].tried.plan == kept
    assert found.results[0].status == "broken"


def test_a_kept_plan_that_is_a_fault_point_is_tried_once_as_that():
    before = campaign(Shop(counts_twice=True))
    kept = [failure.first.tried.plan for failure in before.failures]
    found = campaign(Shop(counts_twice=True), kept=kept)
    assert [one.tried.plan for one in found.results[: len(kept)]] == kept
    assert sorted(ended(found).items()) == sorted(ended(before).items())
    assert [failure.kinds for failure in found.failures] == [failure.kinds for failure in before.failures]


def test_a_failure_that_was_known_is_not_counted_once_more():
    before = campaign(Shop(counts_twice=True))
    kept = Plan(0, (faults.redeliver("Orders", "Queue", copies=2),))
    found = campaign(Shop(counts_twice=True), kept=[kept])
    assert found.results[0].tried.kind == "kept"
    assert [failure.count for failure in found.failures] == [failure.count for failure in before.failures]


def test_a_failure_that_only_a_kept_plan_shows_is_counted():
    kept = Plan(0, (faults.crash("Billing", nth=2),))
    found = campaign(Shop(counts_twice=True), Search(kinds=frozenset({"throttle"})), kept=[kept])
    assert [dict(failure.kinds) for failure in found.failures] == [{"kept": 1}]


def test_an_interrupted_campaign_tells_what_it_knows():
    def watch(known):
        if len(known.results) == 5:
            raise KeyboardInterrupt

    found = campaign(Shop(), watch=watch)
    assert found.interrupted
    assert len(found.results) == 5


def test_an_interrupted_campaign_tells_failures_as_they_were_found():
    def watch(known):
        if known.broken:
            raise KeyboardInterrupt

    found = campaign(Shop(counts_twice=True), watch=watch)
    [failure] = found.failures
    assert failure.first is found.broken[0]
    assert failure.smallest.plan == failure.first.tried.plan


def test_each_failure_is_explained_by_its_message_and_where_it_parts():
    found = campaign(Shop(counts_twice=True), Search(kinds=frozenset({"crash"})))
    [failure] = found.failures
    assert any("[fault: crash]" in line for line in failure.explanation.timeline)
    assert failure.explanation.parts == (
        "this run:    +31.000s  Queue received by mapping:Billing (receive 2)",
        "control run: no such step",
    )
    assert failure.explanation.history == Shop(counts_twice=True)(failure.smallest.plan).history.hash()


def test_a_run_that_raises_is_unknown():
    def run(plan):
        if plan.faults:
            raise KeyError("inside")
        return Shop()(plan)

    found = campaign(run)
    assert {one.status for one in found.results if one.tried.plan.faults} == {"unknown"}
    assert found.failures[0].smallest.reason == ("run", "KeyError")


@pytest.mark.parametrize("search", [Search(), Search(depth=2), Search(random=True, budget_runs=60)], ids=str)
def test_the_same_seed_gives_the_same_record(search):
    once, again = (record("shop", campaign(Shop(counts_twice=True), search)) for _ in range(2))
    assert once == again


def test_another_seed_gives_other_random_plans():
    shop = Shop(counts_twice=True, swallows=True)
    plans = [
        [one.tried.plan for one in campaign(shop, Search(random=True, budget_runs=20, seed=seed)).results]
        for seed in (1, 2)
    ]
    assert plans[0] != plans[1]


def test_random_plans_that_are_survived_are_counted_and_not_kept():
    found = campaign(Shop(tries=50), Search(random=True, budget_runs=30))
    assert found.results == []
    assert found.tried == found.passed.total() == 30
    [survived] = [one for one in record("shop", found)["tries"] if one["status"] == "recovered"]
    assert survived["times"] == found.passed["recovered"]


def test_a_retry_of_the_sdk_is_no_place_for_what_outlasts_its_retries():
    run = Written()
    run.send("Queue", "q-0", {})
    with run.run("Queue", "Bill", "q-0") as invocation:
        call = run.call("dynamodb:PutItem", "Ledger", actor="Bill", cause=invocation)
        call.data["attempt"] = 2
    [point] = [point for point in points_of(run.settle()) if "PutItem" in point.place]
    assert {"throttle", "answer_lost for good"}.isdisjoint(one.label for one in candidates_of(point))
    assert {"access_denied", "answer_lost"} <= {one.label for one in candidates_of(point)}


def test_survivors_leave_no_histories_behind():
    found = campaign(Shop())
    assert all(one.outcome.history is None for one in found.results)
