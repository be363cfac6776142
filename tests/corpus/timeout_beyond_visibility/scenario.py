"""The worker may run for five minutes, its messages are hidden for thirty seconds. While a slow run still
works on a message the group is open again, and the two write over each other.

A slow write shows it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from harness import expect, faults

SHOWN_BY = [faults.slow("dynamodb:PutItem", 31, resource="Carts")]
BREAKS = "effects_once"


def scenario(app):
    for item in ("mug", "teapot", "tray"):
        app.queue("CartQueue").send({"cart": "kim", "item": item}, group="kim", dedup=item)
    for pause_seconds in (20, 20, 20, 2000):
        app.function("Worker").invoke_async({})
        app.advance(seconds=pause_seconds)
    app.function("Worker").invoke_async({})
    app.settle()
    expect(app).effects_once("Carts", key="item", items="items")
