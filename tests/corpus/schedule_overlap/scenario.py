"""PayOut pays out all balances, on a schedule. When a run takes longer than usual, the next one begins before
it has ended, sees the same balances and pays them out, too.

A slow transaction shows it.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from harness import expect, faults

SHOWN_BY = [faults.slow("dynamodb:TransactWriteItems", 1)]
BREAKS = "not what was there was paid out"


def scenario(app):
    for account in ("kim", "lee"):
        app.table("Accounts").put({"account": account, "balance": 50})
    for _ in range(3):
        app.function("PayOut").invoke_async({})
        app.advance(seconds=0.4)
    app.settle()
    expect(app).nothing_lost()
    left = sum(row["balance"] for row in app.table("Accounts").rows())
    paid = sum(row["amount"] for row in app.table("Payouts").rows())
    assert left + paid == 100, "not what was there was paid out"
