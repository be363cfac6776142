"""Sync takes a lock, works, and releases the lock. When it dies in between, the lock stays for good, and
every change after that ends in the dead-letter queue.

A crash after the lock was taken shows it.
https://aws.amazon.com/builders-library/leader-election-in-distributed-systems/
"""

from harness import expect, faults

SHOWN_BY = [faults.crash("Sync", after_call=1)]
BREAKS = "dead_letters"


def scenario(app):
    for number in range(3):
        app.queue("ChangesQueue").send({"sku": f"s-{number}", "count": 5})
        app.advance(seconds=5)
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Stock", key="sku")
    expect(app).dead_letters(at_most=1)
