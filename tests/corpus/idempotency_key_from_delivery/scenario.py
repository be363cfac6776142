"""Invoice takes the id of the SQS message for the order's: a message that is handed out twice is invoiced
once. A topic that delivers twice makes two messages of one order.

A second delivery shows it.
https://docs.aws.amazon.com/lambda/latest/dg/concepts-event-driven-architectures.html
"""

from harness import expect, faults

SHOWN_BY = [faults.redeliver("Orders", "InvoicesQueue")]
BREAKS = "effects_once"


def scenario(app):
    for number in range(3):
        app.topic("Orders").publish({"order": f"o-{number}", "total": 12})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Invoices", key="order")
