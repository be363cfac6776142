"""An event is announced on a bus, and a group of people is told of it.

The app's job, which runs on a schedule, has scenarios of its own.
"""

import re

import pytest

from harness import expect, faults, scenario

WITHOUT_JOB = "AWS::Scheduler::Schedule"


@pytest.fixture
def incidents(cloud):
    return cloud.deploy("fixtures/apps/incidents/template.yaml", ignore=[WITHOUT_JOB])


def report(app, incident, severity="critical"):
    detail = {
        "report": f"r-{incident}",
        "incident": incident,
        "severity": severity,
        "what": "the shop is down",
    }
    app.bus("Incidents").put(detail, detail_type="IncidentReported", source="monitoring")
    app.settle()


def confirm(app):
    """Do what the owner of the address does: click the link."""
    [mail] = app.outbox()
    token = re.search(r"Token=(\w+)", mail.body)[1]
    app.client("sns").confirm_subscription(TopicArn=app.physical_id("OnCall"), Token=token)


def pages(app):
    """Who was told what."""
    return [(sent.protocol, sent.body) for sent in app.outbox() if "the shop is down" in sent.body]


@scenario("fixtures/apps/incidents/template.yaml", ignore=WITHOUT_JOB)
def test_every_incident_is_recorded_and_paged(app):
    for number in range(3):
        report(app, f"i-{number}")
    expect(app).nothing_lost()
    expect(app).effects_once("Reports", key="report")


def test_a_critical_incident_reaches_everybody_on_call(incidents):
    confirm(incidents)
    report(incidents, "i-1")
    assert sorted(protocol for protocol, _ in pages(incidents)) == ["email", "sms"]
    expect(incidents).nothing_lost()
    expect(incidents).effects_once("Reports", key="report")


def test_a_minor_incident_is_recorded_and_wakes_nobody(incidents):
    report(incidents, "i-1", severity="minor")
    assert pages(incidents) == []
    assert [row["incident"] for row in incidents.table("Reports").rows()] == ["i-1"]
    expect(incidents).nothing_lost()


def test_people_are_paged_once_the_topic_takes_messages_again(incidents, chaos):
    chaos.inject(faults.refuse_hop("Page", "OnCall", times=5))
    report(incidents, "i-1")
    assert len(pages(incidents)) == 1
    expect(incidents).nothing_lost()
    expect(incidents).recovered_within(seconds=120)


def test_a_page_that_stays_undeliverable_is_kept_for_somebody_to_see(incidents, chaos):
    chaos.inject(faults.refuse_hop("Page", "OnCall", times=None))
    report(incidents, "i-1")
    assert pages(incidents) == []
    expect(incidents).nothing_lost()
    [letter] = incidents.queue("Undelivered").messages()
    assert (
        letter["MessageAttributes"]["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == "MaximumEventAgeInSeconds"
    )


def test_without_a_dead_letter_queue_it_is_lost(twin, chaos):
    careless = twin("incidents_no_dead_letters")
    chaos.inject(faults.refuse_hop("Page", "OnCall", times=None))
    report(careless, "i-1")
    expect(careless).broken.nothing_lost()


def test_a_rule_that_triggers_twice_leaves_one_record(incidents, chaos):
    """EventBridge delivers at least once: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html"""
    chaos.inject(faults.redeliver("Incidents", "RecordReported"))
    report(incidents, "i-1")
    expect(incidents).effects_once("Reports", key="report")
