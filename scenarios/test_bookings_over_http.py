"""A client asks an API over HTTP, and asks again when no answer comes."""

import pytest

from harness import expect, faults, scenario

pytestmark = pytest.mark.clouds("sim", reason="only the simulator has HTTP in front of functions")

TRIES = 9


def book(app, booking, room="12"):
    """Do what a client does: ask again, the same, as long as the answer says that it may help."""
    for tried in range(TRIES):
        answer = app.api("Desk").post(f"/rooms/{room}/bookings", json={"booking": booking, "guest": "Ada"})
        if answer.status_code < 500:
            break
        app.advance(seconds=2.0**tried)
    app.settle()
    return answer


@scenario("fixtures/apps/bookings/template.yaml")
def test_every_booking_is_made_once(app):
    for number in range(3):
        assert book(app, f"b-{number}", room=str(number)).status_code == 201
    expect(app).nothing_lost()
    expect(app).effects_once("Bookings", key="booking")


def test_a_guest_sees_the_booking(bookings):
    assert book(bookings, "b-1").json() == {"booking": "b-1", "room": "12", "guest": "Ada"}
    answer = bookings.api("Desk").get("/bookings/b-1")
    assert (answer.status_code, answer.json()["room"]) == (200, "12")
    assert bookings.api("Desk").get("/bookings/b-2").status_code == 404
    bookings.settle()
    expect(bookings).nothing_lost()


def test_a_client_that_gets_no_answer_asks_again_and_has_one_booking(bookings, chaos):
    chaos.inject(faults.answer_lost("execute-api:Invoke", resource="Desk"))
    assert book(bookings, "b-1").status_code == 201
    expect(bookings).effects_once("Bookings", key="booking")


def test_a_client_whom_the_api_kept_waiting_has_one_booking(bookings, chaos):
    chaos.inject(faults.delay_hop("Desk", "Book", seconds=40, times=1))
    assert book(bookings, "b-1").status_code == 201
    expect(bookings).effects_once("Bookings", key="booking")
    expect(bookings).nothing_lost()


def test_a_desk_that_makes_up_the_number_itself_books_twice_after_a_504(twin, chaos):
    careless = twin("bookings_books_again")
    chaos.inject(faults.delay_hop("Desk", "Book", seconds=40, times=1))
    assert book(careless, "b-1").status_code == 201
    expect(careless).broken.effects_once("Bookings", key="booking")
