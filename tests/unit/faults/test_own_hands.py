"""Faults spare what the test itself looks at, and settling waits until they are over."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

import harness
from harness import faults

TEMPLATE = """
Resources:
  Work: {Type: AWS::SQS::Queue}
  Ledger:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
"""


@pytest.fixture
def app(tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    with harness.Simulator() as cloud:
        yield cloud.deploy(template)


EVERY = [
    faults.throttle("dynamodb:*", times=None),
    faults.access_denied("*:*", times=None),
    faults.request_lost("dynamodb:*", times=None),
    faults.outage("dynamodb"),
]


@pytest.mark.parametrize("fault", EVERY, ids=lambda fault: fault.kind)
def test_a_handle_reads_past_any_fault(app, fault):
    app.table("Ledger").put({"id": "o-1"})
    app.cloud.inject(fault)
    assert app.table("Ledger").rows() == [{"id": "o-1"}]
    assert app.table("Ledger").get(id="o-1") == {"id": "o-1"}


def test_a_fault_that_names_the_test_hits_what_it_reads(app):
    app.cloud.inject(faults.access_denied("dynamodb:Scan", actor="test"))
    with pytest.raises(ClientError, match="AccessDenied"):
        app.table("Ledger").rows()


def test_a_call_that_is_no_look_is_hit_as_before(app):
    app.cloud.inject(faults.access_denied("dynamodb:Scan"))
    with pytest.raises(ClientError, match="AccessDenied"):
        app.client("dynamodb").scan(TableName=app.physical_id("Ledger"))


def test_settling_waits_for_the_end_of_a_fault(app):
    app.cloud.inject(faults.outage("dynamodb", for_seconds=90))
    assert app.settle()
    assert app.cloud.elapsed >= 90


def test_settling_ends_although_the_clock_cannot_say_exactly_when_a_fault_does(app):
    app.cloud.inject(faults.outage("dynamodb", for_seconds=90.1))
    assert app.settle()
    assert app.cloud.elapsed >= 90.1


def test_a_fault_that_has_not_begun_is_not_waited_for(app):
    app.cloud.inject(faults.outage("dynamodb", after_seconds=500, for_seconds=90))
    assert app.settle()
    assert app.cloud.elapsed < 90


def test_a_fault_without_end_is_not_waited_for(app):
    app.cloud.inject(faults.outage("dynamodb"))
    assert app.settle()
    assert app.cloud.elapsed < 90


def test_a_fault_that_outlasts_the_time_for_settling_leaves_the_run_unsettled(app):
    app.cloud.inject(faults.outage("dynamodb", for_seconds=1000))
    assert not app.settle(within_seconds=60)
    assert app.history().of("settled")[-1].data["moving"] == ["a fault that lasts until +1000s"]
