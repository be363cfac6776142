"""Retries multiply: the SDK's, the queue's. A dependency in trouble must not get many times the load."""

from harness import expect, faults


def order_ten_mugs(app):
    for number in range(10):
        app.topic("Orders").publish({"order": f"o-{number}", "total": 12})
    app.settle()


def test_a_few_throttled_writes_cost_a_few_calls(orders, chaos):
    chaos.inject(faults.throttle("dynamodb:PutItem", resource="Ledger", times=3))
    order_ten_mugs(orders)
    expect(orders).retry_amplification(at_most=1.5)


def test_a_table_that_is_throttled_for_minutes_is_called_many_times_as_often(orders, chaos):
    """The SDK tries four times, the queue delivers five times."""
    chaos.inject(faults.throttle("dynamodb:PutItem", resource="Ledger", times=None, until_seconds=240))
    order_ten_mugs(orders)
    expect(orders).broken.retry_amplification(at_most=3)
