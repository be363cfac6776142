"""Reserve takes goods from the stock in one transaction with the order's row, so that no order is reserved
twice. It takes every transaction that is cancelled for an order that it has reserved before, also one that
met with the transaction of another order.

A conflict of two transactions shows it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from harness import expect, faults

SHOWN_BY = [faults.conflict("dynamodb:TransactWriteItems", resource="Stock")]
BREAKS = "effects_once"


def scenario(app):
    app.table("Stock").put({"goods": "mug", "left": 10})
    for number in range(2):
        app.queue("OrdersQueue").send({"order": f"o-{number}", "goods": "mug", "count": 2})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Reservations", key="order")
    reserved = sum(row["count"] for row in app.table("Reservations").rows())
    assert app.table("Stock").get(goods="mug")["left"] == 10 - reserved, "the stock doesn't fit the orders"
