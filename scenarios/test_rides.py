"""Kinesis distributes what happens to services that read it each for itself, in order of each key."""

import pytest

from harness import expect, faults, scenario

STEPS = ("requested", "started", "ended")


def ride(app, *rides):
    """Each ride from its beginning to its end, as the cars report it."""
    for step, what in enumerate(STEPS, 1):
        for each in rides:
            app.queue("Reports").send({"ride": each, "step": step, "what": what, "fare": 17})


@scenario("fixtures/apps/rides/template.yaml")
def test_every_ride_is_charged_once_and_followed_to_its_end(app):
    ride(app, "r-1", "r-2")
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Charges", key="ride")
    expect(app).effects_once("Progress", key="ride")


def test_records_that_the_stream_refuses_are_put_later(rides, chaos):
    chaos.inject(faults.partial_answer("kinesis:PutRecords", entries=(0, 2)))
    ride(rides, "r-1", "r-2", "r-3")
    rides.settle()
    expect(rides).nothing_lost()
    expect(rides).effects_once("Charges", key="ride")


def test_a_producer_that_never_hears_an_answer_puts_twice_and_rides_are_charged_once(rides, chaos):
    chaos.inject(faults.answer_lost("kinesis:PutRecords"))
    ride(rides, "r-1")
    rides.settle()
    assert len(rides.stream("Rides").records()) > len(STEPS)
    expect(rides).effects_once("Charges", key="ride")


def test_a_ride_keeps_its_order_while_the_stream_is_resharded(rides):
    ride(rides, "r-1", "r-2", "r-3", "r-4")
    rides.stream("Rides").split()
    ride(rides, "r-5", "r-6")
    rides.settle()
    assert {row["what"] for row in rides.table("Progress").rows()} == {"ended"}
    expect(rides).nothing_lost()
    expect(rides).effects_once("Charges", key="ride")


def test_a_service_that_fails_does_not_hold_up_the_other(rides, chaos):
    chaos.inject(faults.throttle("dynamodb:PutItem", resource="Charges", times=20))
    ride(rides, "r-1")
    rides.advance(60)
    assert [row["what"] for row in rides.table("Progress").rows()] == ["ended"]
    rides.settle()
    expect(rides).nothing_lost()
    expect(rides).effects_once("Charges", key="ride")


@pytest.mark.clouds("sim", reason="nobody sees what alarms do inside LocalStack")
def test_a_report_that_nobody_can_publish_pages_whoever_is_on_call(rides):
    rides.queue("Reports").send("no JSON")
    rides.settle()
    rides.advance(120)
    rides.settle()
    [page] = rides.outbox()
    assert (page.protocol, '"NewStateValue": "ALARM"' in page.body) == ("sms", True)
    expect(rides).dead_letters(exactly=["no JSON"], queue="Undelivered")


def test_failed_entries_that_nobody_looks_at_are_caught(twin, chaos):
    careless = twin("rides_ignores_failed_entries")
    chaos.inject(faults.partial_answer("kinesis:PutRecords"))
    careless.queue("Reports").send({"ride": "r-1", "step": 3, "what": "ended", "fare": 17})
    careless.settle()
    expect(careless).broken.effects_once("Charges", key="ride")


def test_a_batch_that_comes_again_and_is_charged_again_is_caught(twin, chaos):
    careless = twin("rides_charges_again")
    chaos.inject(faults.redeliver("Rides", "Bill", times=None))
    ride(careless, "r-1")
    careless.settle()
    expect(careless).broken.effects_once("Charges", key="ride")
