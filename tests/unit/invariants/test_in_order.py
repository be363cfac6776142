"""Order within groups: what counts as skipping ahead, and what doesn't."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import invariants
from tests.helpers.runs import Written


def sent(run, *numbers, group="a"):
    for number in numbers:
        run.send("Postings", f"m-{number}", {"n": number, "account": group}, group=group)


def judged(history, **how):
    return invariants.in_order(history, "Postings", **how)


def test_handling_the_same_message_again_later_is_fine(run):
    sent(run, 1, 2)
    run.work("Postings", "Post", "m-1", "m-2", acked=False)
    run.work("Postings", "Post", "m-1", "m-2", count=2)
    assert judged(run.settle()).value == "holds"


def test_skipping_one_that_is_never_handled_is_out_of_order(run):
    sent(run, 1, 2)
    run.work("Postings", "Post", "m-1", outcome="error")
    run.work("Postings", "Post", "m-2")
    verdict = judged(run.settle())
    assert (verdict.kind, [copy.origin[1] for copy in verdict.copies]) == ("order", ["m-1", "m-2"])
    assert judged(run.settle("Postings")).kind == "order"


def test_one_that_was_moved_back_later_had_left_the_line(run):
    sent(run, 1, 2)
    run.work("Postings", "Post", "m-1", outcome="error")
    run.dead_letter("Postings", "m-1", "Dead")
    run.work("Postings", "Post", "m-2")
    run.recorder.moved("Dead", ("m-1",), to="Postings", ids=["m-9"], actor="sqs")
    run.work("Postings", "Post", "m-9")
    assert judged(run.settle()).value == "holds"


def test_one_that_became_a_dead_letter_too_late_was_overtaken(run):
    sent(run, 1, 2)
    run.work("Postings", "Post", "m-1", outcome="error")
    run.work("Postings", "Post", "m-2")
    run.dead_letter("Postings", "m-1", "Dead")
    assert judged(run.settle()).kind == "order"


def test_a_delivery_of_a_topic_that_became_a_dead_letter_is_not_waited_for(run):
    first = run.publish("Entries", "t-1", {"n": 1, "account": "a"}, group="a")
    hop = run.fail(first, "Postings")
    run.recorder.dead_lettered(
        "Entries",
        ("t-1",),
        to="Dead",
        ids=("d-1",),
        reason="refused",
        target="Postings",
        cause=hop,
        actor="sns",
    )
    second = run.publish("Entries", "t-2", {"n": 2, "account": "a"}, group="a")
    run.fan_out(second, "Postings", "m-2")
    run.work("Postings", "Post", "m-2")
    assert judged(run.settle()).value == "holds"


def test_two_of_a_group_side_by_side_are_unknown(run):
    sent(run, 1, 2)
    with run.run("Postings", "Post", "m-1", acked=False):
        later = run.run("Postings", "Post", "m-2")
        later.__enter__()
    later.__exit__(None, None, None)
    assert judged(run.settle()).value == "unknown"


def test_one_that_ended_while_the_earlier_still_ran_is_out_of_order(run):
    sent(run, 1, 2)
    with run.run("Postings", "Post", "m-1"), run.run("Postings", "Post", "m-2"):
        pass
    assert judged(run.settle()).kind == "order"


def test_the_order_of_the_entries_of_one_batch_of_deletions_means_nothing(run):
    sent(run, 1, 2)
    run.receive("Postings", "m-1", "m-2", by="worker")
    call = run.call("sqs:DeleteMessageBatch", "Postings", actor="worker")
    for message in ("m-2", "m-1"):
        run.delete("Postings", message, by="worker", cause=call)
    assert judged(run.settle()).value == "holds"


def test_what_a_worker_takes_counts_when_it_is_deleted(run):
    sent(run, 1, 2)
    run.receive("Postings", "m-1", "m-2", by="worker")
    run.delete("Postings", "m-2", by="worker")
    run.delete("Postings", "m-1", by="worker")
    assert judged(run.settle()).kind == "order"


def test_a_run_that_is_not_at_rest_is_unknown_though_all_is_in_order_so_far(run):
    sent(run, 1, 2)
    run.work("Postings", "Post", "m-1")
    assert judged(run.settle("Postings")).value == "unknown"


def test_copies_of_a_redelivery_do_not_count(run):
    for n in (1, 2):
        accepted = run.publish("Topic", f"m-{n}", {"account": "a"})
        run.fan_out(accepted, "Postings", f"q-{n}")
    run.fan_out(run.recorder.history().of("accepted")[0], "Postings", "q-1-again")
    for copy in ("q-1", "q-2", "q-1-again"):
        run.work("Postings", "Post", copy)
    assert judged(run.settle(), by="account").value == "holds"


@given(st.permutations(range(6)), st.lists(st.sampled_from("ab"), min_size=6, max_size=6))
def test_any_order_is_judged_group_by_group(order, groups):
    run = Written()
    for number, group in enumerate(groups):
        sent(run, number, group=group)
    for number in order:
        run.work("Postings", "Post", f"m-{number}")
    kept = all(
        [n for n in order if groups[n] == group] == [n for n in range(6) if groups[n] == group]
        for group in "ab"
    )
    assert judged(run.settle()).value == ("holds" if kept else "broken")


def test_other_queues_do_not_count(run):
    sent(run, 1)
    run.send("Elsewhere", "e-1", {"account": "a"}, group="a")
    sent(run, 2)
    run.work("Postings", "Post", "m-1", "m-2")
    assert judged(run.settle()).value == judged(run.settle(), by="account").value == "holds"


def batch_of_three():
    run = Written()
    for n in range(3):
        run.send("Postings", f"m-{n}", {"entry": n}, group="a")
    run.work("Postings", "Post", "m-0", "m-1", "m-2")
    return run.settle()


def test_a_batch_that_is_worked_on_in_reverse_is_seen_by_its_effects():
    history = batch_of_three()
    assert invariants.in_order(history, "Postings").value == "holds"
    assert invariants.in_order(history, "Postings", key="entry", rows=[0, 1, 2]).value == "holds"
    verdict = invariants.in_order(history, "Postings", key="entry", rows=[2, 1, 0])
    assert (verdict.value, verdict.kind) == ("broken", "order")
    assert verdict.evidence[0] == "a: the effect of 1 stands before that of 0"


def test_an_effect_that_came_again_later_is_not_out_of_order():
    rows = [{"entry": n} for n in (0, 1, 0, 2)]
    assert invariants.in_order(batch_of_three(), "Postings", key="entry", rows=rows).value == "holds"


@pytest.mark.parametrize(
    ("key", "rows"), [("nn", [{"n": 2}, {"n": 1}]), ("n", []), ("n", [{"m": 2}, {"m": 1}])]
)
def test_effects_of_which_none_is_that_of_a_message_show_no_order(run, key, rows):
    """As of a misspelt key: a handler that works in reverse passed."""
    sent(run, 1, 2)
    run.work("Postings", "Post", "m-1", "m-2")
    verdict = judged(run.settle(), key=key, rows=rows)
    assert (verdict.value, verdict.why[:9]) == ("unknown", f"none of {len(rows)}")


def test_dead_letters_have_no_effects_to_compare(run):
    sent(run, 1)
    run.work("Postings", "Post", "m-1", outcome="error")
    run.dead_letter("Postings", "m-1", "Dead")
    assert judged(run.settle(), key="n", rows=[]).value == "holds"


def test_who_asks_for_a_place_that_fans_out_is_told_who_gets_its_messages(run):
    run.fan_out(run.publish("Readings", "m-1", {"n": 1}), "Store", "q-1")
    run.work("Store", "Write", "q-1")
    verdict = invariants.in_order(run.settle(), "Readings", by="n")
    assert verdict.value == "unknown"
    assert verdict.why.endswith("it hands them on to Store: ask for in_order('Store')")


def test_under_a_fault_that_leaves_no_message_there_is_nothing_to_order(run):
    run.queue("Postings")
    call = run.call("execute-api:Invoke", "Desk", error="Unavailable")
    run.fault(call, "outage", "refuse")
    assert judged(run.history()).value == "unknown"
    verdict = judged(run.settle())
    assert (verdict.value, verdict.kind) == ("holds", "idle")


def test_without_a_fault_a_queue_that_no_message_comes_to_is_unknown(run):
    run.queue("Postings")
    assert judged(run.settle()).value == "unknown"


def test_messages_without_the_field_are_unknown_also_under_a_fault(run):
    sent(run, 1)
    run.work("Postings", "Post", "m-1")
    run.fault(run.call("dynamodb:PutItem", "Ledger", error="Throttled"), "throttle", "refuse")
    assert judged(run.settle(), by="acount").value == "unknown"
