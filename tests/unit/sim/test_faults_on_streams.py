"""Faults on deliveries from streams."""

from __future__ import annotations

import json

import pytest

import harness
from harness import expect, faults
from harness.cloud import Unsupported

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Events:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Failed: {Type: AWS::SQS::Queue}
  View:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        import json, time
        def handler(event, context):
            time.sleep(1)
            images = [record["dynamodb"]["NewImage"] for record in event["Records"]]
            print("SEEN", json.dumps([image["id"]["S"] for image in images]))
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Events.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 1
            MaximumRetryAttempts: 1
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}
"""
STREAM = "Events (stream)"


@pytest.fixture
def app(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    with harness.Simulator(seed=1) as cloud:
        yield cloud.deploy(tmp_path / "template.yaml", name="shop")


def seen(app, *ids):
    """The records that the function has got, in order."""
    for each in ids:
        app.table("Events").put({"id": each})
    app.settle()
    lines = app.function("View").logs().splitlines()
    return [key for line in lines if line.startswith("SEEN") for key in json.loads(line[5:])]


def test_a_copy_comes_before_what_is_behind_it(app):
    app.cloud.inject(faults.redeliver(STREAM, "View", nth=2))
    assert seen(app, "a", "b", "c") == ["a", "b", "b", "c"]


def test_a_batch_comes_again_if_the_answer_is_lost(app):
    """Nobody has written down how far the shard was read: whoever reads on begins there."""
    app.cloud.inject(faults.ack_lost(STREAM, "View", nth=2))
    assert seen(app, "a", "b", "c") == ["a", "b", "b", "c"]
    expect(app).in_order("View")


def test_a_delivery_that_is_held_up_holds_up_its_shard(app):
    app.cloud.inject(faults.delay_hop(STREAM, "View", seconds=60, nth=1))
    assert seen(app, "a", "b") == ["a", "b"]
    assert app.cloud.elapsed > 60


def test_a_record_that_nobody_can_read_ends_in_the_failure_destination(app):
    app.cloud.inject(faults.poison("View", STREAM, nth=2))
    assert seen(app, "a", "b", "c") == ["a", "c"]
    expect(app).nothing_lost()
    expect(app).dead_letters(at_least=1)


def test_refused_deliveries_are_no_retries(app):
    app.cloud.inject(faults.refuse_hop(STREAM, "View", times=5))
    assert seen(app, "a", "b") == ["a", "b"]
    expect(app).nothing_lost()


def test_the_records_of_a_stream_are_not_reordered(app):
    seen(app, "a")
    with pytest.raises(Unsupported, match="keep their order"):
        app.cloud.inject(faults.reorder(STREAM, "View"))
