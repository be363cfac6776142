"""Which deliveries were overtaken because a fault held them up."""

from __future__ import annotations

from random import Random

import pytest

from harness import faults
from harness.faults.active import ActivePlan
from harness.faults.overtaking import Overtaking
from harness.faults.sites import Hop


class Road:
    """Deliveries from one place to another, some of them held up."""

    def __init__(self):
        self.overtaking = Overtaking()
        self.plan = ActivePlan(0, (faults.reorder(within_seconds=10),))
        self.overtaken = []

    def begin(self, *messages, due, held=False, target="Q"):
        hop = Hop("T", target, messages, source_arn="arn:T", target_arn=f"arn:{target}")
        hits = self.plan.on_hop(hop, 0, lambda hit: self.overtaken.append(messages)) if held else []
        return self.overtaking.begin(hop, due, hits, Random(1))


@pytest.fixture
def road():
    return Road()


def test_a_delivery_that_is_held_up_takes_up_to_so_much_longer(road):
    assert 0 < road.begin("m-1", due=1, held=True).seconds < 10
    assert road.begin("m-2", due=1).seconds == 0


def test_a_later_delivery_that_arrives_first_has_overtaken_it(road):
    road.begin("m-1", due=1, held=True)
    road.overtaking.arrive(road.begin("m-2", due=2))
    road.overtaking.arrive(road.begin("m-3", due=3))
    assert road.overtaken == [("m-1",)]


def test_what_arrives_in_order_was_not_overtaken(road):
    first, second = road.begin("m-1", due=1, held=True), road.begin("m-2", due=2, held=True)
    road.overtaking.arrive(first)
    road.overtaking.arrive(second)
    assert road.overtaken == []


def test_latency_that_lets_a_delivery_overtake_is_no_fault_of_the_plan(road):
    road.begin("m-1", due=2, held=True)
    road.overtaking.arrive(road.begin("m-2", due=1))
    assert road.overtaken == []


def test_nothing_is_overtaken_by_its_own_redelivery_or_on_another_road(road):
    road.begin("m-1", due=1, held=True)
    road.overtaking.arrive(road.begin("m-1", due=2))
    road.overtaking.arrive(road.begin("m-2", due=2, target="other"))
    assert road.overtaken == []


def test_a_delivery_that_ended_is_forgotten(road):
    held = road.begin("m-1", due=1, held=True)
    road.overtaking.end(held)
    road.overtaking.end(held)
    road.overtaking.arrive(road.begin("m-2", due=2))
    assert road.overtaken == []
