"""A function in JavaScript, with the AWS SDK that Lambda's runtime has: its calls break as any other's do."""

import pytest

from harness import expect, faults

pytestmark = pytest.mark.clouds("localstack", reason="the simulator runs functions in Python")


def scan_a_parcel(app):
    app.queue("Scans").send({"id": "s-1", "parcel": "p-7", "place": "Basel"})
    app.settle()


def news(app):
    return app.queue("CustomerNews").bodies()


def test_a_scan_is_written_and_told(parcels):
    scan_a_parcel(parcels)
    expect(parcels).nothing_lost()
    assert parcels.table("Journeys").rows() == [{"id": "s-1", "parcel": "p-7", "place": "Basel"}]
    assert news(parcels) == [{"parcel": "p-7", "place": "Basel"}]


def test_a_throttle_that_outlasts_the_retries_of_the_sdk_costs_a_delivery_and_no_scan(parcels, chaos):
    chaos.inject(faults.throttle("dynamodb:PutItem", resource="Journeys", times=3))
    scan_a_parcel(parcels)
    expect(parcels).effects_once("Journeys", key="id")
    expect(parcels).dead_letters(none=True)
    assert news(parcels) == [{"parcel": "p-7", "place": "Basel"}]


def test_an_answer_that_is_lost_makes_the_condition_fail_and_no_second_row(parcels, chaos):
    chaos.inject(faults.answer_lost("dynamodb:PutItem", resource="Journeys"))
    scan_a_parcel(parcels)
    expect(parcels).effects_once("Journeys", key="id")


def test_a_crash_before_the_customer_is_told_costs_a_delivery(parcels, chaos):
    chaos.inject(faults.crash("Tracking", after_call=1))
    scan_a_parcel(parcels)
    expect(parcels).effects_once("Journeys", key="id")
    assert news(parcels) == [{"parcel": "p-7", "place": "Basel"}]


def test_a_call_that_takes_longer_than_the_function_may_run_ends_it(parcels, chaos):
    chaos.inject(faults.slow("sqs:SendMessage", resource="CustomerNews", seconds=30))
    scan_a_parcel(parcels)
    expect(parcels).effects_once("Journeys", key="id")
    expect(parcels).dead_letters(none=True)


def test_a_scan_that_is_no_json_ends_as_a_dead_letter(parcels):
    parcels.queue("Scans").send("nonsense")
    scan_a_parcel(parcels)
    expect(parcels).nothing_lost()
    assert parcels.queue("UnreadableScans").bodies() == ["nonsense"]
