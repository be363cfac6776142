"""Campaigns over an app without a cloud: what is found, what isn't, and that it is always the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness import faults
from harness.explore import Outcome, Search, campaign
from harness.explore.candidates import candidates_of
from harness.explore.points import points_of
from harness.explore.record import record
from harness.explore.search import ended_as
from harness.explore.sweep import Try
from harness.plan import Plan
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
