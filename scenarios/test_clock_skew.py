"""A function's clock is wrong. Nothing that matters may hang on it."""

from datetime import UTC, datetime, timedelta

from harness import expect, faults


def test_an_order_is_billed_once_by_functions_whose_clocks_differ(orders, chaos):
    chaos.inject(faults.clock_skew("Billing", seconds=-86_400))
    chaos.inject(faults.ack_lost("BillingQueue", "Billing"))
    orders.topic("Orders").publish({"order": "o-1", "total": 12})
    orders.settle()
    expect(orders).effects_once("Ledger", key="order")


def test_the_handler_sees_the_wrong_time(orders, chaos):
    chaos.inject(faults.clock_skew("Billing", seconds=86_400))
    orders.topic("Orders").publish({"order": "o-1", "total": 12})
    orders.settle()
    expect(orders).nothing_lost()
    [row] = orders.table("Ledger").rows()
    ahead = datetime.fromisoformat(row["billed_at"]) - datetime.now(UTC)
    assert ahead > timedelta(hours=23), "Billing lives a day ahead of everyone else"
