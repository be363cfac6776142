"""When its table is in trouble, Store sends a reading to its own FIFO queue once more. That has seen the same
body less than five minutes ago: it accepts the message and drops it.

A call that is throttled until the SDK gives up shows it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
"""

from harness import expect, faults

SHOWN_BY = [faults.throttle("dynamodb:PutItem", resource="Readings", outlasting_retries=True)]
BREAKS = "effects_once"


def scenario(app):
    for number in range(3):
        reading = {"reading": f"m-1/{number}", "kwh": 7}
        app.queue("ReadingsQueue").send(reading, group="m-1")
    app.settle()
    expect(app).effects_once("Readings", key="reading")
