"""PlaceOrder writes the order into its table and then publishes that it was placed; the event must not fail
the order, so an error there is only logged. The order exists, and nobody ever packs it.

A topic that can't be reached for one call shows it.
https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/transactional-outbox.html
"""

from harness import expect, faults

SHOWN_BY = [faults.throttle("sns:Publish", actor="PlaceOrder", outlasting_retries=True)]
BREAKS = "orders that nobody packs"


def scenario(app):
    for number in range(3):
        app.queue("OrdersQueue").send({"order": f"o-{number}", "total": 12})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Orders", key="order")
    if app.queue("OrdersDeadLetters").depth() or app.queue("UndeliveredPlaced").depth():
        return
    to_pack = {placed["order"] for placed in app.queue("PackingQueue").bodies() if "order" in placed}
    assert {row["order"] for row in app.table("Orders").rows()} == to_pack, "orders that nobody packs"
