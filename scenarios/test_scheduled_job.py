"""A job cleans up every hour. It may be run twice, or die half-way."""

import pytest

from harness import expect, faults

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's Scheduler keeps schedules and runs none")


def report(app, *incidents):
    for number, incident in enumerate(incidents):
        row = {"report": f"r-{number}", "incident": incident, "severity": "minor", "at": f"{number:04}"}
        app.table("Reports").put(row)


def reports(app):
    return sorted(row["report"] for row in app.table("Reports").rows())


def test_the_job_runs_every_hour(incidents):
    report(incidents, "i-1", "i-2", "i-1")
    incidents.advance(3600 + 300)
    assert reports(incidents) == ["r-0", "r-1"]
    report(incidents, "i-1", "i-2", "i-1")
    incidents.advance(3600)
    incidents.settle()
    assert incidents.table("Tallies").rows() == [{"incident": "i-1", "again": 2}]
    expect(incidents).nothing_lost()


def test_the_job_can_be_run_out_of_its_time(incidents):
    report(incidents, "i-1", "i-1", "i-1")
    incidents.function("CleanUp").fire_schedule()
    incidents.settle()
    assert reports(incidents) == ["r-0"]
    expect(incidents).sums("Tallies", attribute="again", equal_to=2)


@pytest.mark.parametrize("call", [1, 2])
def test_a_run_that_dies_half_way_is_made_up_for(incidents, chaos, call):
    chaos.inject(faults.crash("CleanUp", after_call=call))
    report(incidents, "i-1", "i-1", "i-1")
    incidents.function("CleanUp").fire_schedule()
    incidents.settle()
    assert reports(incidents) == ["r-0"]
    expect(incidents).sums("Tallies", attribute="again", equal_to=2)


def test_a_second_run_at_the_same_time_counts_nothing_twice(incidents, chaos):
    chaos.inject(faults.redeliver(target="CleanUp"))
    report(incidents, "i-1", "i-1", "i-1")
    incidents.function("CleanUp").fire_schedule()
    incidents.settle()
    expect(incidents).sums("Tallies", attribute="again", equal_to=2)


def test_counting_and_deleting_in_two_calls_is_caught(twin, chaos):
    careless = twin("incidents_tallies_twice")
    chaos.inject(faults.crash("CleanUp", after_call=2))
    report(careless, "i-1", "i-1")
    careless.function("CleanUp").fire_schedule()
    careless.settle()
    expect(careless).broken.sums("Tallies", attribute="again", equal_to=1)
