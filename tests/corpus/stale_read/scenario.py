"""A customer moves and then orders. Invoice looks up the address in a table that another queue keeps up to
date, and finds the old one if that queue is late.

A delivery that takes long shows it.
https://docs.aws.amazon.com/prescriptive-guidance/latest/modernization-data-persistence/cqrs-pattern.html
"""

from harness import expect, faults

SHOWN_BY = [faults.delay_hop("Moves", "CustomersQueue", seconds=10, nth=2)]
BREAKS = "an invoice went to the old address"


def scenario(app):
    app.topic("Moves").publish({"customer": "kim", "address": "1 Old Road", "version": 1})
    app.advance(seconds=60)
    app.topic("Moves").publish({"customer": "kim", "address": "2 New Street", "version": 2})
    app.advance(seconds=2)
    for number in range(2):
        app.topic("Orders").publish({"order": f"o-{number}", "customer": "kim", "customer_version": 2})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Invoices", key="order")
    addresses = {row["address"] for row in app.table("Invoices").rows()}
    assert addresses <= {"2 New Street"}, "an invoice went to the old address"
