"""Worker has a message hidden for ten minutes once it has drawn the invoice. When drawing takes longer than
the thirty seconds of the queue, another run has the message by then, and both store an invoice.

A slow write shows it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
"""

from harness import expect, faults

SHOWN_BY = [faults.slow("dynamodb:PutItem", 31, resource="Drafts")]
BREAKS = "effects_once"


def scenario(app):
    for number in range(3):
        order = f"o-{number}"
        app.queue("InvoicesQueue").send({"order": order, "total": 12}, group=order, dedup=order)
    for pause_seconds in (20, 20, 20, 2000):
        app.function("Worker").invoke_async({})
        app.advance(seconds=pause_seconds)
    app.function("Worker").invoke_async({})
    app.settle()
    expect(app).effects_once("Invoices", key="order")
