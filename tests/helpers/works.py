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
