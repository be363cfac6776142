"""FanOut tells three queues of each order, and is content if one of them was told. The others never hear of
the order.

A queue that can't be reached for one call shows it.
https://docs.aws.amazon.com/sns/latest/dg/sns-common-scenarios.html
"""

from harness import expect, faults

SHOWN_BY = [faults.throttle("sqs:SendMessage", resource="MailQueue", outlasting_retries=True)]
BREAKS = "somebody was not told"


def scenario(app):
    for number in range(3):
        app.queue("OrdersQueue").send({"order": f"o-{number}"})
    app.settle()
    expect(app).nothing_lost()
    if app.queue("OrdersDeadLetters").depth() == 0:
        for name in ("PackingQueue", "BillingQueue", "MailQueue"):
            told = {order["order"] for order in app.queue(name).bodies()}
            assert told == {"o-0", "o-1", "o-2"}, "somebody was not told"
