"""A smoke test's events pass the filters on their way where such events can be made; else it says so."""

from __future__ import annotations

import json

import pytest

from harness.smoke import smoke

BEGIN = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Statement: []}}
  Follow:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handler(event, context): return event"}
"""
QUEUE = "  Source: {Type: AWS::SQS::Queue}\n"
STREAM = "  Source: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}\n"
TABLE = """
  Source:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      AttributeDefinitions: [{AttributeName: order, AttributeType: S}]
      KeySchema: [{AttributeName: order, KeyType: HASH}]
"""
MAPPING = """
  Follows:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Source.%s
      FunctionName: !Ref Follow
      FilterCriteria: %s
"""
FROM_THE_START = "      StartingPosition: TRIM_HORIZON\n"
PIPE = """
  Target: {Type: AWS::SQS::Queue}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      RoleArn: !GetAtt Role.Arn
      Source: !GetAtt Source.Arn
      SourceParameters: {FilterCriteria: %s}
      Target: !GetAtt Target.Arn
"""
TOPIC = """
  Source: {Type: AWS::SNS::Topic}
  Told:
    Type: AWS::SNS::Subscription
    Properties: {Protocol: lambda, TopicArn: !Ref Source, Endpoint: !GetAtt Follow.Arn, %s}
  Allowed:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Follow, Action: "lambda:InvokeFunction", Principal: sns.amazonaws.com}
"""


def criteria(*patterns):
    return json.dumps({"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]})


def of_stream(attribute, pattern):
    return MAPPING % (attribute, criteria(pattern)) + FROM_THE_START


@pytest.fixture
def tried(tmp_path):
    """What becomes of an event for each entry point of a template of these parts."""

    def smoked(*parts):
        path = tmp_path / "template.yaml"
        path.write_text(BEGIN + "".join(parts))
        return smoke(path)

    return smoked


PAID = {"body": {"kind": ["paid"], "total": [{"numeric": [">", 10]}], "void": [{"exists": False}]}}
NEW = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"state": {"S": ["new"]}}}}


@pytest.mark.parametrize(
    ("parts", "event", "reached"),
    [
        ([QUEUE, MAPPING % ("Arn", criteria(PAID))], {"kind": "paid", "total": 11}, "Follow"),
        ([STREAM, of_stream("Arn", {"data": {"city": ["Ulm"]}})], {"city": "Ulm"}, "Follow"),
        ([TABLE, of_stream("StreamArn", NEW)], {"order": "smoke", "state": "new"}, "Follow"),
        ([QUEUE, PIPE % criteria({"body": {"$or": [{"a": [1]}, {"b": [2]}]}})], {"a": 1}, "Target"),
        ([TOPIC % "FilterPolicyScope: MessageBody, FilterPolicy: {kind: [vip]}"], {"kind": "vip"}, "Follow"),
    ],
    ids=["queue", "stream", "table", "pipe", "topic"],
)
def test_an_event_passes_the_filter_of_who_takes_it(tried, parts, event, reached):
    [one] = [each for each in tried(*parts) if each.place == "Source"]
    assert (one.name, one.outcome, one.event) == ("Source", "ok", event)
    assert one.reached[-1] == reached


def test_each_filter_of_a_queue_has_an_event_of_its_own(tried):
    found = tried(QUEUE, MAPPING % ("Arn", criteria({"body": {"kind": ["a"]}}, {"body": {"kind": ["b"]}})))
    assert [(one.name, one.event) for one in found] == [
        ("Source, filter 1", {"kind": "a"}),
        ("Source, filter 2", {"kind": "b"}),
    ]


def test_a_filter_may_want_an_attribute_of_the_message(tried):
    wanted = {"messageAttributes": {"kind": {"stringValue": ["vip"]}}}
    [one] = tried(QUEUE, MAPPING % ("Arn", criteria(wanted)))
    assert (one.outcome, one.code) == ("ok", "app.queue(\"Source\").send({event}, kind='vip')")


def test_an_event_that_no_filter_lets_pass_is_unknown_and_its_target_no_entry_point(tried):
    [one] = tried(TABLE, of_stream("StreamArn", {"eventName": ["REMOVE"]}))
    assert (one.place, one.outcome) == ("Source", "unknown")
    assert one.line().endswith(
        "a filter keeps it from Follow; the event is made up, put a real one into events/Source.json"
    )


def test_a_topic_of_which_every_subscriber_filters_gets_no_message_that_none_wants(tried):
    found = tried(TOPIC % "FilterPolicy: {lang: [de]}")
    assert [(one.name, one.reached) for one in found] == [("Source with lang=de", ("Follow",))]
