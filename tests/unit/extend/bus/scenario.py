"""Scenarios over an app whose messages go over the bus. Run by the test beside this folder."""

import pytest

from harness import expect, faults, scenario
from tests.unit.extend.bus import register

assert register


@pytest.fixture
def app(cloud):
    return cloud.deploy("template.yaml", name="shop")


def test_a_copy_reaches_every_queue(app):
    app.handle("copier", "Orders").publish({"order": "o-1"})
    app.settle()
    assert app.queue("Packing").bodies() == [{"order": "o-1"}]
    assert app.table("Ledger").rows() == [{"order": "o-1"}]
    expect(app).effects_once("Ledger", key="order")


def test_a_fault_on_its_hop_delivers_twice(app, chaos):
    chaos.inject(faults.redeliver("Orders", "Packing"))
    app.handle("copier", "Orders").publish({"order": "o-1"})
    app.settle()
    assert app.queue("Packing").bodies() == [{"order": "o-1"}] * 2
    expect(app).effects_once("Ledger", key="order")


def test_a_copy_that_is_refused_is_lost_and_that_is_noticed(app, chaos):
    chaos.inject(faults.refuse_hop("Orders", "Billing"))
    app.handle("copier", "Orders").publish({"order": "o-1"})
    app.settle()
    expect(app).broken.nothing_lost()
    assert [event.data["target"] for event in app.history().of("dropped")] == ["Billing"]


def test_its_calls_are_throttled_in_its_own_words(app, chaos):
    chaos.inject(faults.throttle("bus:Publish", resource="Orders", times=99))
    bus = app.client("bus")
    with pytest.raises(bus.exceptions.ClientError, match="TooMuch"):
        bus.publish(BusName=app.physical_id("Orders"), Message="x")
    app.settle()
    expect(app).settled()


@scenario("template.yaml")
def test_every_order_is_billed(app):
    app.handle("copier", "Orders").publish({"order": "o-1"})
    app.settle()
    expect(app).effects_once("Ledger", key="order")
