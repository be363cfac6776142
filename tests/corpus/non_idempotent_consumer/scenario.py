"""Book adds every deposit that it is handed to the balance. One that is handed out twice, because nobody
heard that it had been booked, counts twice.

A lost acknowledgement shows it.
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from harness import expect, faults

SHOWN_BY = [faults.ack_lost("DepositsQueue", "Book")]
BREAKS = "effects_once"


def scenario(app):
    for number in range(3):
        app.queue("DepositsQueue").send({"deposit": f"d-{number}", "account": "kim", "amount": 10})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Accounts", key="deposit", items="deposits")
