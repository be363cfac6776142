"""Transfer notes a transfer, takes the money from one account and then gives it to the other. When it dies in
between, the money is gone, and the note keeps the next try from putting it right.

A crash between the two writes shows it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transactions.html
"""

from harness import expect, faults

SHOWN_BY = [faults.crash("Transfer", after_call=2)]
BREAKS = "money was made or lost"


def scenario(app):
    app.table("Accounts").put({"account": "kim", "balance": 100})
    app.table("Accounts").put({"account": "lee", "balance": 100})
    for number in range(3):
        app.queue("TransfersQueue").send(
            {"transfer": f"t-{number}", "from": "kim", "to": "lee", "amount": 10}
        )
    app.settle()
    assert sum(row["balance"] for row in app.table("Accounts").rows()) == 200, "money was made or lost"
    expect(app).nothing_lost()
    expect(app).effects_once("Transfers", key="transfer")
