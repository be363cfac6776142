"""Tables with streams in templates, and what reads them."""

from __future__ import annotations

import pytest

import harness
from harness.app.handles import table
from harness.app.handles.samples import matching

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Events:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
  Silent:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Seen: {Type: AWS::SQS::Queue}
  View:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        import boto3, json, os
        def handler(event, context):
            kinds = [record["eventSource"] for record in event["Records"]]
            boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(kinds))
      Environment: {Variables: {SEEN: !Ref Seen}}
      Events:
        Changes: {Type: DynamoDB, Properties: {Stream: !GetAtt Events.StreamArn, StartingPosition: LATEST}}
        Clicks: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}
"""


@pytest.fixture
def app(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    with harness.Simulator(seed=1) as cloud:
        yield cloud.deploy(tmp_path / "template.yaml", name="shop")


def test_functions_get_the_events_of_a_template(app):
    app.table("Events").put({"id": "a"})
    app.stream("Clicks").put("x", key="k")
    app.settle()
    bodies = sorted(message["Body"] for message in app.queue("Seen").messages())
    assert bodies == ['["aws:dynamodb"]', '["aws:kinesis"]']


def test_the_records_of_a_table_are_plain_values_in_order(app):
    for total in (1, 2):
        app.table("Events").put({"id": "a", "total": total})
    assert app.table("Events").stream() == [
        {"eventName": "INSERT", "Keys": {"id": "a"}, "NewImage": {"id": "a", "total": 1}},
        {
            "eventName": "MODIFY",
            "Keys": {"id": "a"},
            "NewImage": {"id": "a", "total": 2},
            "OldImage": {"id": "a", "total": 1},
        },
    ]


def test_a_table_without_a_stream_says_so(app):
    with pytest.raises(LookupError, match="Silent has no stream"):
        app.table("Silent").stream()


def test_any_number_that_a_filter_takes_is_a_number():
    number = {"N": [{"exists": True}]}
    image = {"total": number, "who": {"S": ["Ann"]}, "sums": {"M": {"net": number}}}
    wanted = {"dynamodb": {"NewImage": matching(image)}}
    assert table._wanted_of_item(wanted) == {"total": 1, "who": "Ann", "sums": {"net": 1}}
