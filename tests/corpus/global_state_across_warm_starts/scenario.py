"""Pay remembers in a global which payments it has seen, and leaves out the second of each. A payment that
failed is tried again in the same warm environment, which has seen it, and is left out as well.

A call that is throttled until the SDK gives up shows it.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from harness import expect, faults

SHOWN_BY = [faults.throttle("dynamodb:PutItem", resource="Payments", outlasting_retries=True)]
BREAKS = "effects_once"


def scenario(app):
    for number in range(3):
        app.queue("PaymentsQueue").send({"payment": f"p-{number}", "amount": 10})
        app.advance(seconds=5)
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Payments", key="payment")
