"""A FIFO queue without a dead-letter queue: a message that can't be read is tried again until it expires,
and everything behind it in its group expires with it.

A poison message shows it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from harness import expect, faults

SHOWN_BY = [faults.poison("Track")]
BREAKS = "nothing_lost"


def scenario(app):
    for number, what in enumerate(["packed", "sent", "delivered"]):
        event = {"event": f"p-1/{number}", "what": what}
        app.queue("EventsQueue").send(event, group="p-1", dedup=event["event"])
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Parcels", key="event")
