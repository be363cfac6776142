"""Nothing goes wrong here: what the orders app does with ten orders, and what is claimed about it.

`@scenario` marks a claim that shall hold whatever goes wrong, so these can be run under faults, too.
"""

import json

from harness import expect, scenario

ORDERS = "fixtures/apps/orders/template.yaml"
ITEMS = ["mug", "teapot"]


@scenario(ORDERS)
def test_every_order_is_billed_once(app):
    for number in range(10):
        app.topic("Orders").publish({"order": f"o-{number}", "total": 42})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")


@scenario(ORDERS)
def test_every_order_that_is_booked_is_packed_with_all_its_items(app):
    app.topic("Orders").publish({"order": "o-1", "total": 42, "items": ITEMS})
    app.settle()
    expect(app).nothing_lost()
    jobs = [json.loads(message["Body"]) for message in app.queue("PackingQueue").messages()]
    booked = {row["order"] for row in app.table("Shipments").rows()}
    assert {(job["order"], job["item"]) for job in jobs} == {
        (o, i) for o in booked for i in ("mug", "teapot")
    }


@scenario(ORDERS)
def test_whoever_wants_a_mail_gets_one(app):
    for number in range(3):
        app.topic("Orders").publish({"order": f"o-{number}", "total": 42}, notify="email")
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("SentMails", key="order")
