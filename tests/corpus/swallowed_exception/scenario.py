"""Billing logs whatever goes wrong with an order, and goes on with the next. The invocation succeeds, so the
order is deleted without having been billed.

A call that is throttled until the SDK gives up shows it.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from harness import expect, faults

SHOWN_BY = [faults.throttle("dynamodb:PutItem", resource="Ledger", outlasting_retries=True)]
BREAKS = "effects_once"


def scenario(app):
    for number in range(3):
        app.topic("Orders").publish({"order": f"o-{number}", "total": 12})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")
