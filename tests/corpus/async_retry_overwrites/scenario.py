"""CloseDay adds up the sales of a day, notes the total and clears the sales away. When it dies at the end,
Lambda runs the event again: nothing is left to add up, and the good total is replaced.

A crash shows it.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from harness import expect, faults

SHOWN_BY = [faults.crash("CloseDay")]
BREAKS = "the total was replaced"


def scenario(app):
    for number in range(3):
        app.table("Sales").put({"sale": f"s-{number}", "day": "monday", "total": 20})
    app.function("CloseDay").invoke_async({"day": "monday"})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Reports", key="day")
    assert all(row["total"] == 60 for row in app.table("Reports").rows()), "the total was replaced"
