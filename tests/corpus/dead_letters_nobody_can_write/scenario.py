"""The subscription has a dead-letter queue, and the policy of that queue doesn't let the topic send to it.
What can't be delivered is lost after all.

A delivery that the queue refuses for good shows it.
https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html
"""

from harness import expect, faults

SHOWN_BY = [faults.refuse_hop("Orders", "BillingQueue", retryable=False)]
BREAKS = "nothing_lost"


def scenario(app):
    for number in range(3):
        app.topic("Orders").publish({"order": f"o-{number}", "total": 12})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")
