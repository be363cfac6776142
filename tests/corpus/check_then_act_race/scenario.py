"""Two customers ask for one seat. Seat looks whether it is free and then takes it, and between the two the
other request has looked as well.

A slow write shows it: the second request is through meanwhile.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate
"""

from harness import expect, faults

SHOWN_BY = [faults.slow("dynamodb:PutItem", 1, resource="Seats")]
BREAKS = "seat 12A was sold twice"


def scenario(app):
    for number in range(2):
        app.queue("RequestsQueue").send({"request": f"r-{number}", "seat": "12A"})
        app.advance(seconds=0.4)
    app.settle()
    sold = [row for row in app.table("Answers").rows() if row["answer"] == "sold"]
    assert len(sold) <= 1, "seat 12A was sold twice"
    expect(app).nothing_lost()
    expect(app).effects_once("Answers", key="request")
