"""Prices keeps the price with the latest time, and takes the time from the clock of the environment that
happens to run. A clock that is slow drops a new price for an old one.

A clock that is off shows it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate
"""

from harness import expect, faults

SHOWN_BY = [faults.clock_skew("Prices", seconds=-60, nth=3)]
BREAKS = "an old price came last"


def scenario(app):
    for version, price in enumerate([10, 12, 15], start=1):
        app.topic("PriceChanges").publish({"product": "mug", "version": version, "price": price})
        app.advance(seconds=1)
    app.settle()
    expect(app).nothing_lost()
    dead = [*app.queue("PricesDeadLetters").bodies(), *app.queue("UndeliveredPriceChanges").bodies()]
    assert dead or app.table("PriceList").get(product="mug")["price"] == 15, "an old price came last"
