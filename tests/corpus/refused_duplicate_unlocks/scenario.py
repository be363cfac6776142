"""Charge claims an order before it charges it, and gives the claim back when it fails, so that the next try
can have it. It also gives back a claim that it was refused, which is that of the run that still works.

A slow write shows it: the shop sends each order three times, to be sure.
https://aws.amazon.com/builders-library/leader-election-in-distributed-systems/
"""

from harness import expect, faults

SHOWN_BY = [faults.slow("dynamodb:TransactWriteItems", 5)]
BREAKS = "effects_once"


def scenario(app):
    for number in range(2):
        for _ in range(3):
            app.queue("OrdersQueue").send({"order": f"o-{number}", "total": 12})
            app.advance(seconds=1)
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Charges", key="order")
