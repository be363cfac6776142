"""One message can't be worked on, ever. It must not hold up or take along the others."""

from harness import expect, faults


def order_five_mugs(app):
    for number in range(5):
        app.topic("Orders").publish({"order": f"o-{number}", "total": 12})
    app.settle()


def test_a_poison_message_ends_in_the_dead_letter_queue_and_the_others_are_billed(orders, chaos):
    chaos.inject(faults.poison("BillingQueue", nth=3))
    order_five_mugs(orders)
    expect(orders).nothing_lost()
    expect(orders).dead_letters(queue="BillingDeadLetters", at_least=1, at_most=1)
    assert len(orders.table("Ledger").rows()) == 4


def test_poison_for_billing_is_none_for_shipping(orders, chaos):
    chaos.inject(faults.poison("BillingQueue", nth=3))
    order_five_mugs(orders)
    expect(orders).effects_once("Shipments", key="order")


def test_the_only_message_may_be_poison(orders, chaos):
    """Nothing is ever written to the ledger here: that it is Billing's to do, a run without faults tells."""
    chaos.inject(faults.poison("BillingQueue"))
    orders.topic("Orders").publish({"order": "o-0", "total": 12})
    orders.settle()
    expect(orders).nothing_lost()
    expect(orders).effects_once("Ledger", key="order")


def test_a_missing_dead_letter_queue_is_caught(twin, chaos):
    """The message is tried for as long as the queue keeps it; then it is gone."""
    careless = twin("orders_no_dead_letters")
    chaos.inject(faults.poison("BillingQueue", nth=3))
    order_five_mugs(careless)
    careless.advance(seconds=3600)
    expect(careless).broken.nothing_lost()
