"""Fault points are named by their causes, and points that are alike are found to be."""

from __future__ import annotations

import pytest

from harness.aws import Does
from harness.explore.candidates import candidates_of
from harness.explore.points import points_of
from harness.explore.representatives import representatives
from harness.faults.points import RoutePoint
from harness.history import Event, History
from tests.helpers.runs import Written
from tests.helpers.shop import Shop


def shop_history(**settings):
    from harness.plan import Plan

    return Shop(**settings)(Plan()).history


def names(points):
    return [point.name for point in points]


def test_an_empty_history_has_none():
    assert points_of(History(())) == []


def test_every_step_of_a_message_is_a_point():
    found = names(points_of(shop_history(orders=1)))
    assert found == [
        "test → sns:Publish Orders #1",
        "Orders ⇒ Queue #1",
        "Queue ⇒ Billing #1",
        "Billing (invocation) #1",
        "Billing → dynamodb:PutItem Ledger #1",
        "Ledger (outage) #1",
    ]


def test_what_happens_while_the_app_is_deployed_is_no_point():
    history = shop_history(orders=2)
    first = next(point for point in points_of(history) if point.number == 2)
    made = History(history, {**history.header, "deploying": [[0, first.seq]]}, history.places)
    left = [point for point in points_of(made) if point.seq >= first.seq]
    assert points_of(made) == left
    assert names(points_of(made))[0] == first.name.replace("#2", "#1")  # faults don't count there, either


def test_a_delivery_by_which_the_test_tries_out_what_it_sets_up_is_no_point():
    run = Written()
    run.place("Inbox", "s3")
    call = run.recorder.call(
        "s3:PutBucketNotificationConfiguration", Does.CONFIGURES, "Inbox", region="us-east-1", actor="test"
    )
    for number in (1, 2):
        accepted = run.recorder.accepted("Inbox", f"e-{number}", body={}, cause=call, actor="test")
        hop = run.recorder.hop("Inbox", run.queue("Imports"), accepted.messages, cause=accepted, actor="s3")
        run.recorder.arrived(hop, (f"m-{number}",), actor="s3")
        if number == 1:
            run.recorder.answer(call, status=200, actor="test")
    found = {name for name in names(points_of(run.settle())) if "⇒" in name}
    assert found == {"Inbox ⇒ Imports #2"}


def test_the_number_is_how_often_that_place_has_come():
    found = names(points_of(shop_history(orders=3)))
    assert [name for name in found if "PutItem" in name] == [
        f"Billing → dynamodb:PutItem Ledger #{n}" for n in (1, 2, 3)
    ]


def test_the_path_is_that_of_causes_also_through_a_queue():
    [call] = [p for p in points_of(shop_history(orders=1)) if "PutItem" in p.place]
    assert call.path == "Orders ⇒ Queue ⇒ Billing"


def tried_of(history, **how):
    found = representatives(points_of(history), **how)
    return [(one.point.number, one.untried) for one in found if "PutItem" in one.point.place]


def test_of_points_that_are_alike_the_first_the_last_and_one_by_chance_are_tried():
    first, by_chance, last = tried_of(shop_history(orders=9))
    assert (first, last) == ((1, 6), (9, 0))
    assert 1 < by_chance[0] < 9
    assert by_chance[1] == 0


def test_which_one_is_the_seeds_chance():
    assert tried_of(shop_history(orders=9)) == tried_of(shop_history(orders=9))
    assert len({tried_of(shop_history(orders=9), seed=seed)[1] for seed in range(9)}) > 2


def test_fewer_can_be_asked_for():
    assert tried_of(shop_history(orders=9), each=1) == [(1, 8)]
    assert tried_of(shop_history(orders=9), each=2) == [(1, 7), (9, 0)]


def test_a_fault_that_goes_on_needs_one_representative():
    found = representatives(points_of(shop_history(orders=9)))
    assert [one.untried for one in found if one.point.place == "Ledger (outage)"] == [0]


def test_messages_of_another_shape_are_not_alike():
    run = Written()
    for number, body in enumerate(({"order": 1}, {"order": 2}, {"order": 3, "gift": True})):
        accepted = run.publish("Orders", f"m-{number}", body)
        run.fan_out(accepted, "Queue", f"q-{number}")
    hops = [one for one in representatives(points_of(run.settle()), each=1) if "ack" not in one.point.alike]
    assert [one.untried for one in hops if one.point.alike.startswith("hop")] == [1, 0]


def test_a_batch_repeats_its_call_sites():
    run = Written()
    for number in range(3):
        run.send("Queue", f"q-{number}", {"order": number})
    with run.run("Queue", "Ship", "q-0", "q-1", "q-2") as invocation:
        for _ in range(3):
            run.call("dynamodb:PutItem", "Shipments", actor="Ship", cause=invocation)
            run.call("sqs:SendMessage", "Packing", actor="Ship", cause=invocation)
    found = representatives(points_of(run.settle()), each=1)
    calls = {one.point.place: one.untried for one in found if one.point.alike.startswith("call Ship")}
    assert calls == {"Ship → dynamodb:PutItem Shipments": 2, "Ship → sqs:SendMessage Packing": 2}
    sides = [one for one in found if one.point.alike.startswith("side effect")]
    assert [(one.point.after_call, one.untried) for one in sides] == [(1, 2), (2, 1)]


def test_calls_for_one_message_are_call_sites_of_their_own():
    run = Written()
    run.send("Queue", "q-1", {"order": 1})
    with run.run("Queue", "Bank", "q-1") as invocation:
        for _ in ("debit", "fee", "credit"):
            run.call("dynamodb:PutItem", "Entries", actor="Bank", cause=invocation)
    found = representatives(points_of(run.settle()))
    assert [one.point.number for one in found if one.point.alike.startswith("call Bank")] == [1, 2, 3]


def test_an_outage_is_tried_on_each_path():
    run = Written()
    for queue, function in (("Bills", "Bill"), ("Refunds", "Refund")):
        run.send(queue, f"{queue}-1", {"order": 1})
        run.work(queue, function, f"{queue}-1")
    found = representatives(points_of(run.settle()))
    paths = [one.point.path for one in found if one.point.place == "Ledger (outage)"]
    assert paths == ["Bills ⇒ Bill", "Refunds ⇒ Refund"]


def kind(name):
    return {"kind": {"DataType": "String", "StringValue": name}}


def untried(run, what):
    """Of the points with this in their place, how many each representative stands for beside itself."""
    found = representatives(points_of(run.settle()), each=1)
    return [one.untried for one in found if what in one.point.place]


def test_an_outage_begins_at_each_kind_of_call_that_a_state_machine_makes():
    run = Written()
    run.place("Saga", "states")
    for number in (1, 2):
        begun = run.recorder.execution("Saga", (), name=f"e-{number}", actor="test")
        for operation in ("GetItem", "PutItem", "PutItem"):
            state = run.recorder.entered(begun, operation, number=1)
            run.call(f"dynamodb:{operation}", "Ledger", actor="Saga", cause=state)
    outages = [one.point.number for one in representatives(points_of(run.settle())) if one.point.covers_all]
    assert outages == [1, 2]


def test_messages_with_another_value_of_an_attribute_are_not_alike():
    run = Written()
    for number, name in enumerate(("sale", "sale", "refund")):
        run.send("Queue", f"q-{number}", "x", attributes=kind(name))
        run.work("Queue", "Ship", f"q-{number}")
    assert untried(run, "PutItem") == [1, 0]


def test_batches_of_other_values_are_not_alike():
    run = Written()
    for number, names in enumerate((("sale", "sale"), ("sale", "sale"), ("sale", "refund"))):
        messages = [f"q-{number}-{name}-{place}" for place, name in enumerate(names)]
        for message, name in zip(messages, names, strict=True):
            run.send("Queue", message, "x", attributes=kind(name))
        run.work("Queue", "Ship", *messages)
    assert untried(run, "(invocation)") == [1, 0]


def test_in_a_batch_the_calls_for_a_refund_are_not_those_for_a_sale():
    run = Written()
    names = ("sale", "sale", "refund", "sale")
    for number, name in enumerate(names):
        run.send("Queue", f"q-{number}", {"type": name, "order": number})
    with run.run("Queue", "Ship", *(f"q-{number}" for number in range(4))) as invocation:
        for _ in names:
            run.call("dynamodb:PutItem", "Shipments", actor="Ship", cause=invocation)
    assert untried(run, "PutItem") == [2, 0]


def test_what_a_function_sends_on_is_told_apart_by_its_own_values():
    run = Written()
    run.send("Orders", "o-0", {"order": 1})
    with run.run("Orders", "Split", "o-0") as invocation:
        for number, name in enumerate(("sale", "refund", "sale")):
            sent = {"attributes": kind(name), "actor": "Split", "cause": invocation}
            run.send("Lines", f"l-{number}", "x", **sent)
    for number in range(3):
        run.work("Lines", "Ship", f"l-{number}")
    assert untried(run, "PutItem") == [1, 0]


def test_a_batch_that_the_test_sends_is_told_apart_by_all_its_messages():
    run = Written()
    for number, names in enumerate((("sale", "sale"), ("sale", "refund"))):
        call = run.call("sqs:SendMessageBatch", "Queue")
        for place, name in enumerate(names):
            message = {"body": "x", "attributes": kind(name), "cause": call, "actor": "test"}
            run.recorder.accepted("Queue", f"q-{number}-{place}", **message)
    assert untried(run, "SendMessageBatch") == [0, 0]


def transaction(run, *tables, actor="Ship", cause=None):
    """A call about several tables."""
    first, *others = (run.place(table, "dynamodb") for table in tables)
    how = {"region": "us-east-1", "others": others, "cause": cause, "actor": actor}
    call = run.recorder.call("dynamodb:TransactWriteItems", Does.WRITES, first, **how)
    run.recorder.answer(call, status=200, actor=actor)
    return call


@pytest.fixture
def transactions():
    """Two transactions over two tables, which name them in another order."""
    run = Written()
    run.send("Queue", "q-0", {"order": 1})
    with run.run("Queue", "Ship", "q-0") as invocation:
        transaction(run, "Orders", "Stock", cause=invocation)
        transaction(run, "Stock", "Orders", cause=invocation)
    return points_of(run.settle())


def test_a_transaction_over_two_tables_is_a_point_of_each(transactions):
    assert [name for name in names(transactions) if "Transact" in name] == [
        "Ship → dynamodb:TransactWriteItems Orders #1",
        "Ship → dynamodb:TransactWriteItems Stock #1",
        "Ship → dynamodb:TransactWriteItems Stock #2",
        "Ship → dynamodb:TransactWriteItems Orders #2",
    ]


def test_each_table_of_a_transaction_can_have_its_outage(transactions):
    outages = {
        candidate.fault.resource
        for point in transactions
        for candidate in candidates_of(point)
        if candidate.kind == "outage"
    }
    assert outages == {"Orders", "Stock"}


def test_a_crash_after_a_transaction_names_all_its_tables(transactions):
    labels = [candidate.label for point in transactions for candidate in candidates_of(point)]
    assert "crash after call 1, dynamodb:TransactWriteItems Orders and Stock" in labels


def test_a_request_that_got_lost_is_no_call_to_die_after():
    run = Written()
    run.send("Queue", "q-0", {"order": 1})
    with run.run("Queue", "Ship", "q-0") as invocation:
        run.call("dynamodb:PutItem", "Ledger", actor="Ship", cause=invocation, error="RequestLost")
        for table in ("Ledger", "Shipments"):
            run.call("dynamodb:PutItem", table, actor="Ship", cause=invocation)
    [side] = [point for point in points_of(run.settle()) if point.alike.startswith("side effect")]
    assert (side.after_call, side.call) == (1, "dynamodb:PutItem Ledger")


def routes(run):
    return [point.place for point in points_of(run.settle()) if isinstance(point, RoutePoint)]


def test_where_one_message_passes_nothing_can_be_overtaken():
    run = Written()
    run.fan_out(run.publish("Orders", "m-0", {}), "Queue", "q-0")
    assert routes(run) == []


def test_a_message_does_not_overtake_the_one_that_it_comes_of():
    run = Written()
    run.send("Queue", "q-0", {})
    for number in range(3):
        with run.run("Queue", "Loop", f"q-{number}") as invocation:
            run.send("Queue", f"q-{number + 1}", "{}", actor="Loop", cause=invocation)
    assert routes(run) == []


@pytest.mark.parametrize(("apart", "proposed"), [(4, True), (6, False)])
def test_a_reordering_is_proposed_where_two_deliveries_are_close_enough(apart, proposed):
    run = Written()
    for number in range(3):
        run.fan_out(run.publish("Orders", f"m-{number}", {}), "Queue", f"q-{number}")
        run.wait(apart if number else 100)
    found = {candidate.kind for point in points_of(run.settle()) for candidate in candidates_of(point)}
    assert ("reorder" in found) == proposed


def invoked(run, *, cold, outcome="ok"):
    begun = run.recorder.invocation(run.function("Work"), (), request_id="r", cold=cold, actor="test")
    run.recorder.invocation_ended(begun, outcome, actor="test")


def environments(*invocations, outcome="ok"):
    """The faults of environments that are proposed for invocations which are cold or not."""
    run = Written()
    for cold in invocations:
        invoked(run, cold=cold, outcome=outcome)
    return [
        f"{candidate.label} {point.number}"
        for point in points_of(run.settle())
        for candidate in candidates_of(point)
        if candidate.kind in ("cold_start", "warm_start")
    ]


def test_a_warm_environment_can_be_lost_or_get_another_beside_it():
    assert environments(True, False) == ["cold_start 2", "cold_start beside 2"]


def test_an_environment_that_idled_too_long_can_be_kept():
    assert environments(True, True) == ["warm_start 2"]


def test_one_that_died_can_not_be_kept():
    assert environments(True, True, outcome="crash") == []


def test_dying_after_the_last_call_is_dying_after_the_work():
    points = points_of(shop_history(orders=1))
    assert not [point for point in points if point.alike.startswith("side effect")]


def test_reading_is_no_side_effect():
    run = Written()
    run.send("Queue", "q-0", {"order": 1})
    with run.run("Queue", "Ship", "q-0") as invocation:
        run.call("dynamodb:GetItem", "Shipments", actor="Ship", cause=invocation)
        run.call("dynamodb:PutItem", "Shipments", actor="Ship", cause=invocation)
    assert not [p for p in points_of(run.settle()) if p.alike.startswith("side effect")]


def test_what_the_test_only_looks_at_is_no_point():
    run = Written()
    run.call("dynamodb:Scan", "Ledger")
    assert points_of(run.settle()) == []


def test_a_delivery_that_leaves_the_cloud_is_no_point():
    run = Written()
    accepted = run.publish("Orders", "m-0", {"order": 1})
    run.fan_out(accepted, "https://example.com/hook", "h-0")
    assert names(points_of(run.settle())) == ["test → sns:Publish Orders #1"]


def test_a_timer_is_a_point():
    run = Written()
    run.send("Queue", "q-0", {"order": 1})
    run.recorder.timer("Queue", ("q-0",), "visible again", actor="sqs")
    assert "Queue (visible again) #1" in names(points_of(run.settle()))


def test_a_worker_that_receives_itself_works_on_what_it_received():
    run = Written()
    event = run.invoke_async("Worker", "e-0", {})
    run.send("Queue", "q-0", {"order": 1})
    hop = run.recorder.hop("Worker (async)", "Worker", ("e-0",), cause=event)
    started = run.recorder.invocation("Worker", ("e-0",), request_id="r", source="Worker (async)", cause=hop)
    receive = run.call("sqs:ReceiveMessage", "Queue", actor="Worker", cause=started)
    run.recorder.received("Queue", {"q-0": 1}, visible_at=30.0, cause=receive, actor="Worker")
    run.call("dynamodb:PutItem", "Ledger", actor="Worker", cause=started)
    [put] = [point for point in points_of(run.settle()) if "PutItem" in point.place]
    assert ("Queue", "q-0") in put.lineage
    assert put.lapses_after == 30.0


def test_a_loop_of_messages_has_a_path_of_bounded_length():
    run = Written()
    cause = run.send("Queue", "q-0", {"order": 1})
    for number in range(20):
        with run.run("Queue", "Loop", f"q-{number}") as invocation:
            call = run.call("sqs:SendMessage", "Queue", actor="Loop", cause=invocation)
            run.recorder.accepted("Queue", f"q-{number + 1}", body="{}", group=None, cause=call, actor="Loop")
    assert cause.kind == "accepted"
    assert {point.path for point in points_of(run.settle()) if "SendMessage" in point.place} == {
        "Queue",
        "Queue ⇒ Loop",
        "Queue ↻ ⇒ Loop",
    }


def test_a_history_cut_off_anywhere_can_be_searched():
    events = list(shop_history(orders=2))
    for end in range(len(events)):
        assert isinstance(points_of(History(events[:end])), list)
        assert isinstance(events[end], Event)


def test_what_a_test_sets_up_is_no_point_though_it_sends_something():
    run = Written()
    call = run.call("s3:CreateBucket", "Scans")
    run.recorder.accepted("Scans", "m-1", body="hi", cause=call, actor="s3")
    assert points_of(run.settle()) == []


def test_calls_that_a_place_makes_itself_are_points_as_those_of_functions():
    run = Written()
    run.place("Api", "execute-api")
    asked = run.recorder.accepted("Api", "r-1", body='{"order": 1}')
    run.send("Queue", "q-1", {"order": 1}, actor="Api", cause=asked)
    assert "Api → sqs:SendMessage Queue #1" in names(points_of(run.settle()))


def planned(*names):
    """A function that makes a schedule for each of its messages; each fires."""
    run = Written()
    run.queue("Due")
    for number, name in enumerate(names):
        run.send("Visits", f"m-{number}", {"visit": "v"})
        with run.run("Visits", "Plan", f"m-{number}") as invocation:
            call = run.call("scheduler:CreateSchedule", name, actor="Plan", cause=invocation)
        fired = run.recorder.accepted(name, f"f-{number}", body="{}", cause=call, actor="scheduler")
        hop = run.recorder.hop(name, "Due", fired.messages, cause=fired, actor="scheduler")
        run.recorder.arrived(hop, (f"d-{number}",), actor="scheduler")
        run.work("Due", "Remind", f"d-{number}", writes="Sent")
    return run.settle()


def test_what_a_function_makes_for_each_message_is_one_place():
    names = [point.name for point in points_of(planned("v-1", "v-2"))]
    assert "Plan → scheduler:CreateSchedule scheduler:* #2" in names
    assert names.count("scheduler:* ⇒ Due #2") == 1


def test_points_of_what_a_function_makes_for_each_message_are_alike():
    few, many = (
        representatives(points_of(planned(*(f"v-{n}" for n in range(size)))), each=1) for size in (2, 6)
    )
    assert [one.point.name for one in few] == [one.point.name for one in many]


def test_a_fault_hits_the_one_that_was_made():
    point = next(one for one in points_of(planned("v-1", "v-2")) if one.name == "scheduler:* ⇒ Due #2")
    fault = next(one.fault for one in candidates_of(point) if one.kind == "redeliver")
    assert (fault.source, fault.target, fault.nth) == ("v-2", "Due", 1)


def test_a_resource_that_a_function_makes_alone_keeps_its_name():
    assert "v-1 ⇒ Due #1" in [point.name for point in points_of(planned("v-1", "v-1"))]
