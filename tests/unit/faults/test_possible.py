"""A decision that a place can't honour is told: when it is injected, or when there is such a place."""

from __future__ import annotations

import json

import pytest

from harness import Plan, Simulator, Unsupported, faults
from harness.aws import Role
from harness.faults.active import ActivePlan
from harness.faults.ends import Ends
from harness.faults.sites import Hop
from harness.history.places import Place
from tests.unit.faults.kinds import EXAMPLES

TOPIC, QUEUE, FUNCTION = Role.FANS_OUT, Role.HOLDS, Role.RUNS
TO_FIFO = Ends(TOPIC, QUEUE, source_fifo=True, target_fifo=True)
FROM_FIFO = Ends(QUEUE, FUNCTION, source_fifo=True)
REDRIVE = Ends(QUEUE, QUEUE, within=True)
ON_HOPS = sorted(name for name, fault in EXAMPLES.items() if Hop in fault.sites)

PLACES = {
    place.name: place
    for place in (
        Place("Orders", "sns", Role.FANS_OUT),
        Place("Work", "sqs", Role.HOLDS),
        Place("WorkInOrder", "sqs", Role.HOLDS, fifo=True),
        Place("Dead", "sqs", Role.HOLDS, dead_letters=True),
        Place("Bill", "lambda", Role.RUNS),
        Place("Ledger", "dynamodb"),
    )
}


@pytest.mark.parametrize("name", ON_HOPS)
def test_each_kind_can_be_done_to_a_delivery_from_a_standard_topic_to_a_standard_queue(name):
    assert EXAMPLES[name].why_not(Ends(TOPIC, QUEUE)) == ""


@pytest.mark.parametrize(
    ("fault", "ends", "instead"),
    [
        (faults.reorder(), TO_FIFO, "delay_hop holds up"),
        (faults.reorder(), FROM_FIFO, "delay_hop holds up"),
        (faults.redeliver(), TO_FIFO, "redeliver from there to its consumer"),
        (faults.refuse_hop(retryable=False), Ends(QUEUE, FUNCTION), "leave out retryable=False"),
        (faults.refuse_hop(), REDRIVE, "delay_hop and reorder hold them up"),
        (faults.redeliver(), REDRIVE, "delay_hop and reorder hold them up"),
        (faults.ack_lost(), REDRIVE, "delay_hop and reorder hold them up"),
        (faults.poison("Dead"), REDRIVE, "delay_hop and reorder hold them up"),
    ],
)
def test_what_cant_be_done_is_told_with_what_can(fault, ends, instead):
    assert instead in fault.why_not(ends)


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        (faults.redeliver(), FROM_FIFO),
        (faults.delay_hop(seconds=1), TO_FIFO),
        (faults.delay_hop(seconds=1), REDRIVE),
        (faults.reorder(), REDRIVE),
        (faults.outage("sqs"), REDRIVE),
        (faults.refuse_hop(), Ends(QUEUE, FUNCTION)),
        (faults.refuse_hop(retryable=False), Ends(QUEUE, FUNCTION, from_events=True)),
    ],
)
def test_what_can_be_done_there(fault, ends):
    assert fault.why_not(ends) == ""


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (faults.reorder("Orders", "WorkInOrder"), "keep their order"),
        (faults.reorder(target="WorkIn*"), "keep their order"),
        (faults.redeliver(target="WorkInOrder"), "drops copies"),
        (faults.refuse_hop("Work", "Dead"), "the service itself"),
        (faults.ack_lost("Orders", "Ledger"), "no message comes to Ledger"),
        (faults.poison("Ledger"), "no message comes to Ledger"),
        (faults.crash("Work"), "nothing runs in Work; name the function"),
        (faults.time_out("Ledger"), "nothing runs in Ledger; name the function"),
    ],
)
def test_a_fault_that_names_places_where_it_never_can_be_done(fault, why):
    assert why in fault.why_never(PLACES)


@pytest.mark.parametrize(
    "fault",
    [
        faults.reorder(),
        faults.reorder(target="Work*"),
        faults.reorder("Orders", "not deployed yet"),
        faults.redeliver("WorkInOrder", "Bill"),
        faults.refuse_hop("Orders", "Dead"),
        faults.crash("B*"),
        faults.crash("not deployed yet"),
        faults.throttle("dynamodb:PutItem", resource="Ledger"),
        faults.outage("sqs", "Dead"),
    ],
)
def test_a_fault_that_can_be_done_somewhere_or_of_which_nobody_knows_yet(fault):
    assert fault.why_never(PLACES) == ""


def test_deliveries_to_which_it_cant_be_done_are_left_alone_and_told():
    active = ActivePlan(0, (faults.reorder(),))
    assert active.on_hop(Hop("Orders", "WorkInOrder", ("m-1",), ends=TO_FIFO), 0) == []
    assert list(active.refusals(0)) == ["Orders → WorkInOrder"]
    assert active.on_hop(Hop("Orders", "Work", ("m-1",), ends=Ends(TOPIC, QUEUE)), 0)


@pytest.fixture
def template(tmp_path):
    resources = {
        "WorkInOrder": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}},
        "Work": {"Type": "AWS::SQS::Queue"},
    }
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": resources}))
    return file


def test_it_is_unsupported_when_it_is_injected(template):
    with Simulator() as cloud:
        cloud.deploy(template)
        with pytest.raises(Unsupported, match=r"^redeliver: a FIFO queue or topic drops copies"):
            cloud.inject(faults.redeliver(target="WorkInOrder"))
        assert cloud.active_plan.faults == []
        cloud.inject(faults.redeliver(target="Work"))


def test_it_is_unsupported_when_what_it_names_is_deployed(template):
    plan = Plan(0, (faults.reorder(target="WorkInOrder"),))
    told = pytest.raises(Unsupported, match=r"^reorder: FIFO queues and topics keep their order")
    with Simulator(plan=plan) as cloud, told:
        cloud.deploy(template)


def test_it_is_unsupported_when_what_was_made_without_a_template_is_used():
    with Simulator() as cloud:
        cloud.inject(faults.reorder(target="made.fifo"))
        cloud.client("sqs").create_queue(QueueName="made.fifo", Attributes={"FifoQueue": "true"})
        with pytest.raises(Unsupported, match=r"^reorder: "):
            cloud.settle()
