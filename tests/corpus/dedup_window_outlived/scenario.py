"""Invoice relies on its FIFO queue to leave out duplicates, which it does for five minutes. Forward's own
queue hands an order out again after six.

A lost acknowledgement shows it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
"""

from harness import expect, faults

SHOWN_BY = [faults.ack_lost("OrdersQueue", "Forward")]
BREAKS = "effects_once"


def scenario(app):
    for number in range(3):
        app.queue("OrdersQueue").send({"order": f"o-{number}", "total": 12})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Invoices", key="order")
