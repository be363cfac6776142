"""Import writes a whole batch in one call, which may succeed for some of the items only. It doesn't look at
those that were left out, and nobody writes them.

An answer in part shows it.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from harness import expect, faults

SHOWN_BY = [faults.partial_answer("dynamodb:BatchWriteItem")]
BREAKS = "effects_once"


def scenario(app):
    for number in range(4):
        app.queue("StockQueue").send({"sku": f"s-{number}", "count": 5})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Stock", key="sku")
