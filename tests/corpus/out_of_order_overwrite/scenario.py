"""Prices writes each new price as it comes. A standard queue may hand out an old one last, and then the
product has that for good.

A delivery that takes long shows it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
"""

from harness import expect, faults

SHOWN_BY = [faults.delay_hop("PriceChanges", "PricesQueue", seconds=10)]
BREAKS = "an old price came last"


def scenario(app):
    for version, price in enumerate([10, 12, 15], start=1):
        app.topic("PriceChanges").publish({"product": "mug", "version": version, "price": price})
        app.advance(seconds=1)
    app.settle()
    expect(app).nothing_lost()
    dead = [*app.queue("PricesDeadLetters").bodies(), *app.queue("UndeliveredPriceChanges").bodies()]
    assert dead or app.table("PriceList").get(product="mug")["price"] == 15, "an old price came last"
