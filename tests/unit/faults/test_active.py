"""A plan at work: which occurrences are hit."""

from __future__ import annotations

import pytest

from harness import faults
from harness.aws.parcels import FunctionParcel
from harness.faults.active import ActivePlan
from harness.faults.sites import Call, Hop, Invocation

QUEUE = "arn:aws:sqs:us-east-1:000000000000:BillingQueue"
TOPIC = "arn:aws:sns:us-east-1:000000000000:Orders"


def put(number: int = 1, attempt: int = 1, **other) -> Call:
    return Call(
        "dynamodb:PutItem",
        "Ledger",
        "Billing",
        "us-east-1",
        attempt=attempt,
        invocation_id=f"i-{number}",
        **other,
    )


def hop(*messages: str, parcel=None) -> Hop:
    return Hop("Orders", "BillingQueue", messages, 1, parcel, TOPIC, QUEUE)


def hits_on_calls(fault, count=6, seed=0, step_seconds=1.0):
    active = ActivePlan(seed, (fault,))
    return [bool(active.on_call(put(n), n * step_seconds)) for n in range(count)]


def test_hits_the_first_occurrence_only_unless_told_otherwise():
    assert hits_on_calls(faults.throttle("dynamodb:PutItem")) == [True, False, False, False, False, False]


def test_hits_from_the_nth_on_so_many_times():
    fault = faults.throttle("dynamodb:PutItem", nth=3, times=2)
    assert hits_on_calls(fault) == [False, False, True, True, False, False]


def test_hits_every_one_without_times():
    assert hits_on_calls(faults.throttle("dynamodb:PutItem", nth=2, times=None)) == [False] + [True] * 5


def test_counts_only_inside_its_window():
    fault = faults.throttle("dynamodb:PutItem", nth=2, times=None, after_seconds=2, until_seconds=5)
    assert hits_on_calls(fault) == [False, False, False, True, True, False]


def test_hits_by_chance_the_same_ones_for_the_same_seed():
    fault = faults.throttle("dynamodb:PutItem", times=None, probability=0.5)
    first, again = hits_on_calls(fault, 200, seed=1), hits_on_calls(fault, 200, seed=1)
    assert first == again
    assert 60 < sum(first) < 140
    assert hits_on_calls(fault, 200, seed=2) != first


def test_by_chance_no_more_often_than_times():
    fault = faults.throttle("dynamodb:PutItem", times=3, probability=0.5)
    assert sum(hits_on_calls(fault, 200)) == 3


def test_two_faults_by_chance_do_not_roll_the_same_dice():
    fault = faults.throttle("dynamodb:PutItem", times=None, probability=0.5)
    active = ActivePlan(1, (fault, fault))
    hit = [{h.index for h in active.on_call(put(n), 0)} for n in range(50)]
    assert {0} in hit
    assert {1} in hit


def test_every_attempt_outlasts_the_retries_of_one_logical_call():
    active = ActivePlan(0, (faults.throttle("dynamodb:PutItem", outlasting_retries=True),))
    assert all(active.on_call(put(1, attempt), attempt) for attempt in (1, 2, 3, 4))
    assert not active.on_call(put(2), 5)
    assert active.hits(0) == 4


def test_every_attempt_counts_logical_calls():
    active = ActivePlan(0, (faults.throttle("dynamodb:PutItem", outlasting_retries=True, nth=2, times=2),))
    hit = [bool(active.on_call(put(n, a), 0)) for n in (1, 2, 3, 4) for a in (1, 2, 3)]
    assert hit == [False] * 3 + [True] * 6 + [False] * 3


def test_calls_without_an_id_are_not_taken_for_one_another():
    active = ActivePlan(0, (faults.throttle("dynamodb:PutItem", outlasting_retries=True),))
    anonymous = Call("dynamodb:PutItem", "Ledger", "Billing", "us-east-1")
    assert active.on_call(anonymous, 0)
    assert not active.on_call(anonymous, 0)


def test_a_poisoned_message_stays_poison_in_whatever_batch_it_comes():
    active = ActivePlan(0, (faults.poison("Billing"),))
    first = active.on_hop(_to_function("m-1", "m-2"), 0)
    assert [r["body"] for r in first[0].decision.parcel.payload["Records"]] == ['{"poison":', "ok m-2"]
    again = active.on_hop(_to_function("m-3", "m-1"), 30)
    assert [r["body"] for r in again[0].decision.parcel.payload["Records"]] == ["ok m-3", '{"poison":']
    assert [hits[0].decision.about for hits in (first, again)] == [("m-1",), ("m-1",)]
    assert not active.on_hop(_to_function("m-2", "m-3"), 60)


def test_poison_counts_messages_not_deliveries():
    active = ActivePlan(0, (faults.poison("Billing", nth=2, times=2),))
    parcel = active.on_hop(_to_function("m-1", "m-2", "m-3", "m-4"), 0)[0].decision.parcel
    assert ["ok" in r["body"] for r in parcel.payload["Records"]] == [True, False, False, True]


def _to_function(*messages):
    records = [{"messageId": m, "body": f"ok {m}"} for m in messages]
    return Hop("BillingQueue", "Billing", messages, 1, FunctionParcel(payload={"Records": records}))


def test_an_occurrence_where_the_fault_has_nothing_to_say_does_not_count():
    active = ActivePlan(0, (faults.partial_answer("sqs:SendMessageBatch", entries=(2,)),))
    small, large = ([{"Id": str(n)} for n in range(size)] for size in (2, 3))
    sent = [
        Call("sqs:SendMessageBatch", "Q", "test", "us-east-1", params={"Entries": e}) for e in (small, large)
    ]
    assert [bool(active.on_call(call, 0)) for call in sent] == [False, True]


def test_places_of_other_kinds_are_left_alone():
    active = ActivePlan(0, (faults.throttle("*:*"), faults.redeliver(), faults.crash()))
    assert [h.kind for h in active.on_call(put(), 0)] == ["throttle"]
    assert [h.kind for h in active.on_hop(hop("m"), 0)] == ["redeliver"]
    assert [h.kind for h in active.on_invocation(Invocation("Billing", "r"), 0)] == ["crash"]


def test_several_faults_may_hit_the_same_place():
    active = ActivePlan(0, (faults.slow("dynamodb:PutItem", 3), faults.answer_lost("dynamodb:PutItem")))
    assert [h.decision.action for h in active.on_call(put(), 0)] == ["delay", "lose-answer"]


def test_a_call_about_two_resources_is_at_both():
    active = ActivePlan(0, (faults.throttle("dynamodb:PutItem", resource="Orders"),))
    assert active.on_call(put(others=("Orders",)), 0)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (faults.outage("sqs"), True),
        (faults.outage("sns"), True),
        (faults.outage("lambda"), False),
        (faults.outage("sqs", "BillingQueue"), True),
        (faults.outage("sqs", "Orders"), False),
        (faults.outage("sqs", region="us-east-1"), True),
        (faults.outage("sqs", region="eu-west-1"), False),
    ],
)
def test_an_outage_stops_deliveries_from_and_to_what_is_down(fault, expected):
    assert bool(ActivePlan(0, (fault,)).on_hop(hop("m"), 0)) is expected


def test_an_outage_hits_every_call_in_its_window():
    active = ActivePlan(0, (faults.outage("dynamodb", after_seconds=10, for_seconds=5),))
    hit = {at: active.on_call(put(), at) for at in (9, 10, 14.9, 15)}
    assert [bool(h) for h in hit.values()] == [False, True, True, False]
    assert hit[10][0].decision.status == 503


def test_an_injected_fault_counts_its_time_from_then():
    active = ActivePlan(0)
    index = active.add(faults.throttle("dynamodb:PutItem", after_seconds=5), now_seconds=100)
    assert not active.on_call(put(1), 104)
    assert active.on_call(put(2), 105)
    assert active.faults[index].after_seconds == 105


def test_knows_which_faults_never_acted():
    fired = faults.throttle("dynamodb:PutItem")
    missed = faults.throttle("sqs:SendMessage")
    perhaps = faults.throttle("s3:PutObject", optional=True)
    active = ActivePlan(0, (fired, missed, perhaps))
    [hit] = active.on_call(put(), 0)
    hit.acted()
    assert active.unfired() == [1]
    assert [active.fired(index) for index in range(3)] == [1, 0, 0]


def test_a_decision_without_an_effect_is_a_hit_and_has_not_fired():
    noted = []
    active = ActivePlan(0, (faults.throttle("dynamodb:PutItem"),))
    [hit] = active.on_call(put(), 0, noted.append)
    assert (active.hits(0), active.fired(0), active.unfired(), noted) == (1, 0, [0], [])
    hit.acted()
    hit.acted()
    assert (active.hits(0), active.fired(0), active.unfired(), noted) == (1, 1, [], [hit])


def test_what_is_no_fault_is_refused():
    with pytest.raises(TypeError, match=r"^inject: 'crash' is not a fault; use harness\.faults$"):
        ActivePlan(0).add("crash")


def test_an_empty_plan_lets_everything_pass():
    active = ActivePlan(0)
    assert not active
    assert active.on_call(put(), 0) == active.on_hop(hop("m"), 0) == []


def test_what_deploys_an_app_is_neither_hit_nor_counted():
    active = ActivePlan(0, (faults.throttle("dynamodb:PutItem", nth=2),))
    with active.deploying():
        assert not [hit for n in range(3) for hit in active.on_call(put(n), 0)]
    assert [bool(active.on_call(put(n), 0)) for n in range(3)] == [False, True, False]


def test_a_fault_that_is_meant_for_deployments_hits_them():
    active = ActivePlan(0, (faults.throttle("dynamodb:PutItem", in_deployment=True),))
    with active.deploying():
        assert active.on_call(put(1), 0)
