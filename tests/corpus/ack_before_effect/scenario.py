"""Billing deletes the message itself before it has written its row, so that nobody works on it twice.
What dies in between is billed never.

A crash right after the deletion shows it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from harness import expect, faults

SHOWN_BY = [faults.crash("Billing", after_call=1)]
BREAKS = "nothing_lost"


def scenario(app):
    for number in range(3):
        app.topic("Orders").publish({"order": f"o-{number}", "total": 12})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")
