"""A small app in a folder of its own, explored by a test run inside the test run."""

from __future__ import annotations

import json

import pytest

TEMPLATE = """
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60}}
  Bill:
    Type: AWS::Serverless::Function
    Metadata: {}
    Properties:
      Runtime: python3.12
      Handler: bill.handler
      CodeUri: src
      Timeout: 10
      Environment: {Variables: {TABLE: !Ref Ledger}}
      Events: {Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 1}}}
  Ledger:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
Transform: AWS::Serverless-2016-10-31
"""

HANDLER = """
import json, os, boto3

def handler(event, context):
    for record in event["Records"]:
        try:
            order = json.loads(record["body"])["order"]
        except ValueError:
            continue
        boto3.client("dynamodb").put_item(
            TableName=os.environ["TABLE"], Item={"id": {"S": %s}, "order": {"S": order}}
        )
"""

ONCE = "order"
TWICE = "context.aws_request_id"

SCENARIO = """
from harness import expect, scenario

@scenario("template.yaml")
def test_once(app):
    app.queue("Orders").send({"order": "o-1"})
    app.settle()
    expect(app).effects_once("Ledger", key="order")
"""

FEW = ("--explore-faults", "ack_lost,crash")


@pytest.fixture
def shop(pytester):
    """Writes an app whose rows have this key, or with this handler, and a scenario; runs pytest on it."""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.makefile(".yaml", template=TEMPLATE)
    (pytester.path / "src").mkdir()

    def write(key, source=SCENARIO, handler=None):
        (pytester.path / "src" / "bill.py").write_text(handler or HANDLER % key)
        pytester.makepyfile(test_shop=source)
        return lambda *options: pytester.runpytest(
            "-p", "no:randomly", "--engine", "serial", "--explore", *options
        )

    return write


def report_of(pytester):
    return json.loads((pytester.path / ".harness" / "report.json").read_text())
