"""A function that a topic invokes asynchronously has neither a destination for failures nor a dead-letter
queue. What fails three times is dropped without a trace.

A poison message shows it.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from harness import expect, faults

SHOWN_BY = [faults.poison("Welcome")]
BREAKS = "nothing_lost"


def scenario(app):
    for name in ("Kim", "Lee", "Max"):
        app.topic("SignUps").publish({"customer": name.lower(), "name": name})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Welcomed", key="customer")
