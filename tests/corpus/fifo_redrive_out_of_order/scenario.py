"""A FIFO queue keeps the order until a message becomes a dead letter. Moved back later, an old status arrives
after the new ones and replaces them.

A crash, and the move back, show it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from harness import expect, faults

SHOWN_BY = [faults.crash("Update", "before")]
BREAKS = "an old status came last"


def scenario(app):
    for version, status in enumerate(["placed", "packed", "sent"], start=1):
        change = {"order": "o-1", "status": status, "version": version}
        app.queue("StatusQueue").send(change, group="o-1", dedup=f"o-1/{version}")
        app.advance(seconds=1)
    app.settle()
    app.queue("StatusDeadLetters").redrive()
    app.settle()
    expect(app).nothing_lost()
    if app.queue("StatusDeadLetters").depth() == 0:
        assert app.table("Orders").get(order="o-1")["status"] == "sent", "an old status came last"
