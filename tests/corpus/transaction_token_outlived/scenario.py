"""Pay moves money in one transaction, and gives it the transfer's id as its token, so that DynamoDB leaves
out what it has done before. DynamoDB remembers the token for ten minutes; a queue may hand a message out
again later.

A copy that comes after eleven minutes shows it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from harness import expect, faults

SHOWN_BY = [faults.redeliver("TransfersQueue", "Pay", apart_seconds=660)]
BREAKS = "money was moved twice"


def scenario(app):
    app.table("Accounts").put({"account": "hers", "balance": 100})
    app.table("Accounts").put({"account": "his", "balance": 0})
    for number in range(2):
        app.queue("TransfersQueue").send({"transfer": f"t-{number}", "amount": 10})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Transfers", key="transfer")
    moved = 10 * len(app.table("Transfers").rows())
    assert app.table("Accounts").get(account="his")["balance"] == moved, "money was moved twice"
