"""Smoke tests wait for one thing to happen, and not until everything is done."""

import json

import pytest

from harness import expect


def test_a_job_for_packing_comes_out_of_an_order(orders):
    orders.topic("Orders").publish({"order": "o-1", "total": 42, "items": ["mug"]})
    job = orders.queue("PackingQueue").wait_for(lambda message: "mug" in message["Body"])
    assert json.loads(job["Body"])["order"] == "o-1"
    assert orders.function("Shipping").wait_for_invocation().outcome == "ok"
    orders.settle()
    expect(orders).nothing_lost()


def test_a_job_that_nobody_asked_for_is_not_waited_for_for_ever(orders):
    with pytest.raises(TimeoutError, match="PackingQueue: no message within 5 s"):
        orders.queue("PackingQueue").wait_for(within_seconds=5)
    with pytest.raises(TimeoutError, match="Billing: no invocation that matches within 1 s"):
        orders.function("Billing").wait_for_invocation(lambda run: run.outcome == "ok", within_seconds=1)
    orders.settle()
    expect(orders).dead_letters(none=True)
