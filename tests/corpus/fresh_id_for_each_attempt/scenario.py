"""Receipts gives each receipt a new number and publishes it. Tried again, it makes another number, and those
who come after it see two receipts where there is one.

A lost acknowledgement shows it.
https://aws.amazon.com/builders-library/making-retries-safe-with-idempotent-APIs/
"""

from harness import expect, faults

SHOWN_BY = [faults.ack_lost("PaymentsQueue", "Receipts")]
BREAKS = "effects_once"


def scenario(app):
    for number in range(3):
        app.queue("PaymentsQueue").send({"payment": f"p-{number}"})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Printed", key="payment")
