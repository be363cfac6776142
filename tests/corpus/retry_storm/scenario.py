"""Pay was told to try each call twenty times more, and the queue tries each message four times: a table in
trouble gets more than eighty calls for each payment.

A call that is throttled for as long as it is tried shows it.
https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
"""

from collections import Counter

from harness import expect, faults

SHOWN_BY = [faults.throttle("dynamodb:PutItem", resource="Payments", outlasting_retries=True)]
BREAKS = "the table was stormed"


def scenario(app):
    for number in range(3):
        app.queue("PaymentsQueue").send({"payment": f"p-{number}", "amount": 10})
    app.settle()
    puts = [call for call in app.history().of("call") if call.subject == "dynamodb:PutItem Payments"]
    tries = Counter(call.data["params"]["Item"] for call in puts)
    assert max(tries.values(), default=0) <= 12, "the table was stormed"
    expect(app).nothing_lost()
    expect(app).effects_once("Payments", key="payment")
