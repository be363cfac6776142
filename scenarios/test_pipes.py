"""A pipe moves messages from queue to queue; what it does on the way may be done again."""

import pytest

from harness import expect, faults, scenario

pytestmark = pytest.mark.clouds("sim", reason="LocalStack has no Pipes")


def buy(app, *orders):
    for order in orders:
        app.queue("Carts").send({"kind": "purchase", "order": order, "goods": "tea"})


@scenario("fixtures/apps/purchases/template.yaml")
def test_every_purchase_is_reserved_and_shipped_once(app):
    buy(app, "o-1", "o-2", "o-3")
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Reservations", key="order")
    expect(app).effects_once("Shipments", key="order")


def test_what_is_no_purchase_is_left_out(purchases):
    buy(purchases, "o-1")
    purchases.queue("Carts").send({"kind": "abandoned", "order": "o-2", "goods": "tea"})
    purchases.settle()
    assert purchases.table("Shipments").rows() == [{"order": "o-1", "from": "shelf of tea"}]
    assert purchases.queue("Carts").messages() == []
    expect(purchases).nothing_lost()
    expect(purchases).effects_once("Shipments", key="order")


def test_a_reservation_that_fails_is_made_later(purchases, chaos):
    chaos.inject(faults.crash("Reserve"))
    buy(purchases, "o-1")
    purchases.settle()
    expect(purchases).nothing_lost()
    expect(purchases).effects_once("Shipments", key="order")


def test_a_warehouse_that_takes_nothing_for_a_while_gets_everything_later(purchases, chaos):
    chaos.inject(faults.refuse_hop("Carts", "Warehouse", times=3))
    buy(purchases, "o-1")
    purchases.settle()
    expect(purchases).nothing_lost()
    expect(purchases).effects_once("Reservations", key="order")
    expect(purchases).effects_once("Shipments", key="order")


def test_a_purchase_that_stays_undeliverable_is_kept_for_somebody_to_see(purchases, chaos):
    chaos.inject(faults.refuse_hop("Carts", "Warehouse", times=None))
    buy(purchases, "o-1")
    purchases.settle()
    assert [message["Body"] for message in purchases.queue("Failed").messages()]
    expect(purchases).nothing_lost()


def test_a_purchase_that_reaches_the_warehouse_twice_is_shipped_once(purchases, chaos):
    chaos.inject(faults.redeliver("Carts", "Warehouse"))
    buy(purchases, "o-1")
    purchases.settle()
    expect(purchases).effects_once("Shipments", key="order")


def test_an_enrichment_that_does_its_work_again_is_caught(twin, chaos):
    careless = twin("purchases_reserves_twice")
    chaos.inject(faults.refuse_hop("Carts", "Warehouse"))
    buy(careless, "o-1")
    careless.settle()
    expect(careless).broken.effects_once("Reservations", key="order")
