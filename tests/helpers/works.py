"""A small app for tests of faults that every cloud must honour: Work → Bill → two writes to Ledger."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead:
    Type: AWS::SQS::Queue
  Work:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Ledger:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: order, AttributeType: S}]
      KeySchema: [{AttributeName: order, KeyType: HASH}]
  Bill:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Timeout: 20
      Environment: {Variables: {LEDGER: !Ref Ledger}}
      Events:
        Work: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn, BatchSize: 1}}
"""

CODE = """
import json, os
import boto3

ledger = boto3.resource("dynamodb").Table(os.environ["LEDGER"])

def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])["order"]
        ledger.put_item(Item={"order": order})
        ledger.put_item(Item={"order": order, "done": True})
"""


def written(folder: Path) -> Path:
    """The template of the app, in a folder."""
    (folder / "app.py").write_text(CODE)
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder / "template.yaml"


def told(app):
    """What the history tells of faults: kind, what they did, and to whose call or delivery."""
    history = app.cloud.history()
    return [(event.data["kind"], event.data["what"], event.subject) for event in history.of("fault")]


def outcomes(app):
    """How the runs of its function ended, in order."""
    return [event.data["outcome"] for event in app.cloud.history().of("invocation-ended")]


def colds(app):
    """Of each run, whether its environment was new."""
    return [event.data["cold"] for event in app.cloud.history().of("invocation")]
