"""Cart reads the cart, adds an item and writes it back. Two that do so at once both start from the old cart,
and the later write drops the other's item.

A slow write shows it: another item is added meanwhile.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBMapper.OptimisticLocking.html
"""

from harness import expect, faults

SHOWN_BY = [faults.slow("dynamodb:PutItem", 1, resource="Carts")]
BREAKS = "effects_once"


def scenario(app):
    for item in ("mug", "teapot", "tray"):
        app.queue("CartQueue").send({"cart": "kim", "item": item})
        app.advance(seconds=0.4)
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Carts", key="item", items="items")
