"""Shop has Pay pay an order and waits three seconds for the answer. When that is lost or late, its SDK
invokes Pay again. Nobody has stopped the first run, so the order is paid twice.

A lost answer shows it.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from harness import expect, faults

SHOWN_BY = [faults.answer_lost("lambda:Invoke", resource="Pay", actor="Shop")]
BREAKS = "effects_once"


def scenario(app):
    for number in range(3):
        app.queue("OrdersQueue").send({"order": f"o-{number}", "total": 12})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Payments", key="order")
