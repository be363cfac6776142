"""A smoke test of a template, and the first scenario that is made of it."""

from __future__ import annotations

import json

import pytest

from harness.app.handles.samples import body_in, matching
from harness.first_scenario import first_scenario
from harness.smoke import EventError, smoke, summary

APP = """
Resources:
  Orders:
    Type: AWS::SNS::Topic
  Dead: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Work]
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: "*", Action: sqs:SendMessage, Resource: !GetAtt Work.Arn}]
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Work.Arn, RawMessageDelivery: true}
  Bill:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code:
        ZipFile: |
          import json
          def handler(event, context):
              for record in event["Records"]:
                  print(json.loads(record["body"])["order"])
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Work.Arn, FunctionName: !Ref Bill}
"""


@pytest.fixture
def template(tmp_path):
    """A topic, a queue and a function that wants orders."""
    path = tmp_path / "template.yaml"
    path.write_text(APP)
    return path


def event(template, name, data):
    (template.parent / "events").mkdir(exist_ok=True)
    (template.parent / f"events/{name}.json").write_text(json.dumps(data))


def test_only_places_at_which_nothing_else_arrives_are_tried(template):
    assert [one.name for one in smoke(template)] == ["Orders"]


def test_a_function_that_refuses_a_made_up_event_is_unknown(template):
    [one] = smoke(template)
    assert (one.outcome, one.why) == ("unknown", "Bill: KeyError: 'order'")
    assert "put a real one into events/Orders.json" in summary(template, [one])[1]


def test_a_real_event_of_another_name_is_tried_too(template):
    event(template, "an_order", {"order": "o-1"})
    [one] = smoke(template)
    assert (one.outcome, one.file, one.reached) == ("ok", "an_order", ("Work", "Bill"))


def test_an_event_of_the_entry_point_itself_must_work(template):
    event(template, "Orders", {"no": "order"})
    event(template, "another", {"order": "o-1"})
    [one] = smoke(template)
    assert (one.outcome, one.why) == ("failed", "Bill: KeyError: 'order'")


def test_a_message_that_is_lost_is_told(template):
    event(template, "Orders", {"order": "o-1"})
    template.write_text(APP.replace("Effect: Allow", "Effect: Deny"))
    assert [one.outcome for one in smoke(template) if one.place == "Orders"] == ["lost"]


def test_a_file_that_is_no_json_is_told(template):
    (template.parent / "events").mkdir()
    (template.parent / "events/Orders.json").write_text("{")
    with pytest.raises(EventError, match=r"Orders\.json: "):
        smoke(template)


def test_a_first_scenario_runs(template, pytester):
    event(template, "Orders", {"order": "o-1"})
    pytester.path.joinpath("template.yaml").write_text(APP)
    pytester.makepyfile(first_scenario(template))
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("pattern", "event"),
    [
        ({"detail": {"kind": [{"prefix": "sale-"}, "refund"]}}, {"detail": {"kind": "sale-"}}),
        ({"a": [{"exists": True}], "$or": [{"b": [1]}]}, {"a": "smoke"}),
        ({"a": [{"numeric": ["<", 5]}], "b": [None]}, {"a": 4, "b": None}),
        ({"a": [{"wildcard": "x*z"}], "b": [{"anything-but": ["y"]}]}, {"a": "xsmokez", "b": "smoke"}),
    ],
    ids=["prefix", "exists", "numeric", "wildcard"],
)
def test_an_event_is_made_to_match_a_pattern(pattern, event):
    assert matching(pattern) == event


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ({"order": 1}, {"order": 1}),
        ({"Records": [{"eventSource": "aws:sqs", "body": "text"}]}, "text"),
        ({"Records": [{"Sns": {"Message": "told"}}]}, "told"),
        ({"Records": []}, None),
        ({"detail-type": "x", "detail": {}}, None),
    ],
    ids=["plain", "queue", "topic", "empty", "bus"],
)
def test_the_body_is_taken_out_of_an_event(event, body):
    assert body_in(event) == body
