"""Book reserves a hotel and then a flight. If there is no flight, the trip has failed, and the hotel stays
reserved and paid for.

A flight that can't be booked shows it.
https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/saga.html
"""

from harness import expect, faults

SHOWN_BY = [faults.server_error("dynamodb:PutItem", resource="Flights", outlasting_retries=True)]
BREAKS = "a hotel without a flight"


def scenario(app):
    for number in range(3):
        app.queue("TripsQueue").send({"trip": f"t-{number}"})
    app.advance(seconds=300)
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Trips", key="trip")
    if app.queue("TripsDeadLetters").depth() == 0:
        flights = {row["trip"] for row in app.table("Flights").rows()}
        assert {row["trip"] for row in app.table("Hotels").rows()} == flights, "a hotel without a flight"
