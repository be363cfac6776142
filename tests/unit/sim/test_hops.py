"""The door for deliveries: what a sender and a target see of each decision."""

from typing import ClassVar

import pytest

from harness import aws
from harness.aws.parcels import QueueParcel
from harness.faults.active import ActivePlan
from harness.faults.decision import Decision
from harness.history import Recorder
from harness.history.places import Names
from harness.sim.hops import Hops
from harness.sim.kernel import Kernel
from harness.sim.services.service import Delivered, Delivery, DeliveryFailed
from harness.sim.world import World
from tests.helpers.decided import HopDecided


class Queue:
    """A target that takes everything, or fails as told."""

    facts: ClassVar = aws.service("sqs")
    operations: ClassVar = {}

    def __init__(self, failure=None):
        self.taken = []
        self.failure = failure

    def deliver(self, delivery):
        if self.failure:
            raise self.failure
        self.taken.append(delivery.parcel)
        return Delivered((f"copy-{len(self.taken)}",), value="thanks")


TOPIC = "arn:aws:sns:us-east-1:123456789012:Orders"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:Billing"
HELLO = QueueParcel(body="hello")
DELIVERY = Delivery(TOPIC, QUEUE, ("m-1",), HELLO)


def world_with(*decisions, queue=None):
    kernel = Kernel(seed=1)
    plan = ActivePlan(1, tuple(HopDecided(decision=decision) for decision in decisions))
    hops = Hops(plan)
    world = World(kernel, Recorder(lambda: kernel.elapsed), Names(), hops)
    hops.join(world)
    world.services["sqs"] = queue or Queue()
    return world


def kinds(world):
    return [event.kind for event in world.recorder.history()]


def test_a_delivery_arrives_and_its_sender_gets_the_answer():
    world = world_with()
    result = world.hops.run(DELIVERY)
    assert (result.ok, result.ids, result.value) == (True, ("copy-1",), "thanks")
    assert world.services["sqs"].taken == [HELLO]
    assert 0 < world.kernel.elapsed < 0.1


def test_the_history_ties_the_copy_to_its_parent():
    world = world_with()
    world.hops.run(DELIVERY)
    hop, arrived = world.recorder.history()
    assert (hop.kind, hop.subject, hop.messages) == ("hop", "Orders → Billing", ("m-1",))
    assert (arrived.kind, arrived.cause, arrived.messages) == ("arrived", hop.seq, ("copy-1",))
    assert arrived.data["parents"] == ["m-1"]


def test_a_refused_delivery_never_reaches_the_target():
    world = world_with(Decision.refuse("AccessDenied", "no", retryable=False))
    result = world.hops.run(DELIVERY)
    assert (result.ok, result.error, result.retryable) == (False, "AccessDenied", False)
    assert world.services["sqs"].taken == []
    assert kinds(world) == ["hop", "fault", "hop-failed"]


def test_a_lost_acknowledgement_looks_like_a_failure_though_it_arrived():
    world = world_with(Decision.lose_answer())
    result = world.hops.run(DELIVERY)
    assert (result.ok, result.retryable) == (False, True)
    assert world.services["sqs"].taken == [HELLO]
    assert kinds(world) == ["hop", "arrived", "fault", "hop-failed"]
    assert world.recorder.history()[-1].data["applied"] is True


def test_a_delayed_delivery_takes_that_much_longer():
    world = world_with(Decision.delay(30))
    world.hops.run(DELIVERY)
    assert 30 < world.kernel.elapsed < 30.1


def test_copies_arrive_as_often_as_decided_and_that_far_apart():
    world = world_with(Decision.copies(3, apart_seconds=10))
    world.hops.run(DELIVERY)
    assert world.services["sqs"].taken == [HELLO]
    world.kernel.settle(60)
    assert world.services["sqs"].taken == [HELLO] * 3
    assert 20 < world.kernel.elapsed < 20.1
    arrivals = world.recorder.history().of("arrived")
    assert [event.data.get("copy", False) for event in arrivals] == [False, True, True]


def test_copies_reach_a_target_that_is_still_busy_with_the_first():
    class Slow(Queue):
        def deliver(self, delivery):
            world.kernel.sleep(5)
            return super().deliver(delivery)

    world = world_with(Decision.copies(3), queue=Slow())
    assert world.hops.run(DELIVERY).ok
    world.kernel.settle(60)
    assert world.services["sqs"].taken == [HELLO] * 3
    assert kinds(world).count("arrived") == 3
    assert kinds(world).count("fault") == 1


def test_a_sender_that_asks_is_told_what_came_of_each_further_copy():
    world, further = world_with(Decision.copies(3)), []
    result = world.hops.run(DELIVERY, further.append)
    world.kernel.settle(60)
    assert result.ids == ("copy-1",)
    assert [each.ids for each in further] == [("copy-2",), ("copy-3",)]


def test_an_altered_delivery_carries_something_else():
    world = world_with(Decision.alter(QueueParcel(body="garbage")))
    world.hops.run(DELIVERY)
    assert world.services["sqs"].taken == [QueueParcel(body="garbage")]


def test_a_target_that_fails_says_why_to_the_sender():
    world = world_with(queue=Queue(DeliveryFailed("KMSAccessDenied", "no key", retryable=False)))
    result = world.hops.run(DELIVERY)
    assert (result.ok, result.error, result.message, result.retryable) == (
        False,
        "KMSAccessDenied",
        "no key",
        False,
    )


def test_a_target_that_is_gone_is_not_worth_retrying():
    world = world_with()
    result = world.hops.run(Delivery(TOPIC, "arn:aws:gone:::Billing", ("m-1",), HELLO))
    assert (result.ok, result.error, result.retryable) == (False, "NoSuchTarget", False)


def test_a_sent_delivery_does_not_block_and_reports_in_the_end():
    world, results = world_with(), []
    world.hops.send(DELIVERY, results.append)
    assert results == []
    world.kernel.settle(60)
    assert [result.ok for result in results] == [True]


@pytest.mark.parametrize("seed", range(3))
def test_deliveries_sent_together_can_overtake_each_other(seed):
    world = world_with()
    for number in range(20):
        world.hops.send(Delivery(TOPIC, QUEUE, (f"m-{number}",), QueueParcel(body=str(number))))
    world.kernel.settle(60)
    arrived = [int(parcel.body) for parcel in world.services["sqs"].taken]
    assert sorted(arrived) == list(range(20))
    assert arrived != list(range(20))
