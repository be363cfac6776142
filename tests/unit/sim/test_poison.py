"""A poisoned message stays one when functions send it on as it is."""

from __future__ import annotations

import pytest

import harness
from harness import faults

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.12
    Timeout: 10
    Environment: {Variables: {WORK: !Ref Work, PARKED: !Ref Parked}}
Resources:
  Work:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 1}
  Dead: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60}}
  Parked: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60}}
  GivenUp: {Type: AWS::SQS::Queue}
  Read:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      InlineCode: |
        import json
        def handler(event, context):
            for record in event["Records"]:
                print("READ", json.loads(record["body"])["order"])
      Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn, BatchSize: 1}}}
  Redrive:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Environment: {Variables: {GIVEN_UP: !Ref GivenUp}}
      InlineCode: |
        import boto3, os
        sqs = boto3.client("sqs")
        def handler(event, context):
            for record in event["Records"]:
                tried = record["messageAttributes"].get("Tries")
                tries = int(tried["stringValue"]) if tried else 0
                to = "GIVEN_UP" if tries == 2 else "PARKED"
                sqs.send_message(
                    QueueUrl=os.environ[to], MessageBody=record["body"],
                    MessageAttributes={"Tries": {"DataType": "Number", "StringValue": str(tries + 1)}})
      Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Dead.Arn, BatchSize: 1}}}
  Unpark:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      InlineCode: |
        import boto3, os
        sqs = boto3.client("sqs")
        def handler(event, context):
            for record in event["Records"]:
                tried = record["messageAttributes"]["Tries"]
                sqs.send_message(
                    QueueUrl=os.environ["WORK"], MessageBody=record["body"], DelaySeconds=300,
                    MessageAttributes={"Tries": {"DataType": "Number", "StringValue": tried["stringValue"]}})
      Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Parked.Arn, BatchSize: 1}}}
"""


@pytest.fixture
def cloud():
    with harness.Simulator(seed=1) as cloud:
        yield cloud


@pytest.fixture
def app(cloud, tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return cloud.deploy(tmp_path / "template.yaml", name="shop")


def read(app):
    lines = app.function("Read").logs().splitlines()
    return [line.removeprefix("READ ") for line in lines if line.startswith("READ ")]


def test_it_fails_again_when_it_comes_back_from_a_dead_letter_queue_by_way_of_another(cloud, app):
    cloud.inject(faults.poison("Read"))
    app.queue("Work").send({"order": "o-1"})
    assert app.settle()
    assert read(app) == []
    assert [run.outcome for run in app.function("Read").invocations()] == ["error"] * 3
    assert app.queue("GivenUp").bodies() == [{"order": "o-1"}]


def test_another_message_with_the_same_body_is_none(cloud, app):
    cloud.inject(faults.poison("Read"))
    app.queue("Work").send({"order": "o-1"})
    app.advance(seconds=1)
    app.queue("Work").send({"order": "o-1"})
    app.settle()
    assert read(app) == ["o-1"]
    assert len(app.queue("GivenUp").bodies()) == 1


def test_a_good_one_that_comes_back_is_counted_as_before(cloud, app):
    cloud.inject(faults.crash("Read", when="before"))
    cloud.inject(faults.poison("Read", nth=2))
    app.queue("Work").send({"order": "o-1"})
    app.settle()
    assert read(app) == []
    assert app.queue("GivenUp").bodies() == [{"order": "o-1"}]
