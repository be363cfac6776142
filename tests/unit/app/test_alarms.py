"""Alarms in templates: those on one metric work, the others are names."""

from __future__ import annotations

import pytest

import harness
from harness import expect

TEMPLATE = """
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Told: {Type: AWS::SQS::Queue}
  Ops: {Type: AWS::SNS::Topic}
  ToTold:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Ops, Protocol: sqs, Endpoint: !GetAtt Told.Arn}
  MayTell:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Told]
      PolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: "sqs:*", Resource: "*"}
  DeadLetters:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{Name: QueueName, Value: !GetAtt Dead.QueueName}]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Ops]
  Share:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Metrics: [{Id: share, Expression: errors / runs}]
      Threshold: 1
      EvaluationPeriods: 1
      ComparisonOperator: GreaterThanThreshold
"""


@pytest.fixture
def app(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    with harness.Simulator(seed=1) as cloud:
        yield cloud.deploy(tmp_path / "template.yaml", name="shop")


def test_a_message_in_a_dead_letter_queue_is_told_within_two_minutes(app):
    app.queue("Dead").send("poison")
    app.advance(120)
    app.settle()
    [message] = app.queue("Told").messages()
    assert "NewStateValue" in message["Body"]
    [change] = [event for event in app.history().of("timer") if event.subject == "DeadLetters"]
    assert change.data["what"].startswith("INSUFFICIENT_DATA → ALARM: Threshold Crossed: 1 datapoint [1.0]")
    expect(app).nothing_lost()


def test_an_alarm_that_was_told_of_by_a_hop_can_be_lost_like_any_message(app):
    app.cloud.inject(harness.faults.refuse_hop("DeadLetters", "Ops"))
    app.queue("Dead").send("poison")
    app.advance(120)
    app.settle()
    with pytest.raises(AssertionError, match="nothing_lost"):
        expect(app).nothing_lost()


def test_alarms_don_t_keep_a_run_from_being_settled(app):
    assert app.settle()
    assert not app.history().of("timer")


def test_an_alarm_with_math_is_a_name(app):
    assert app.arn("Share").endswith(":alarm:shop-Share")
    assert [found.logical_id for found in app.without_effect] == ["Share"]
    [alarm] = app.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["AlarmName"] == "shop-DeadLetters"


def test_filters_of_a_log_group_are_made_as_the_template_says(tmp_path):
    template = """
Resources:
  Lines: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop}}
  Errors:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Group
      FilterPattern: ERROR
      MetricTransformations: [{MetricName: Errors, MetricNamespace: Shop, MetricValue: "1"}]
  ToLines:
    Type: AWS::Logs::SubscriptionFilter
    Properties: {LogGroupName: !Ref Group, FilterPattern: "", DestinationArn: !GetAtt Lines.Arn}
"""
    (tmp_path / "template.yaml").write_text(template)
    with harness.Simulator(seed=1) as cloud:
        app = cloud.deploy(tmp_path / "template.yaml", name="shop")
        logs = app.client("logs")
        logs.create_log_stream(logGroupName="/shop", logStreamName="s")
        event = {"timestamp": 1767225600000, "message": "ERROR: no tea"}
        logs.put_log_events(logGroupName="/shop", logStreamName="s", logEvents=[event])
        app.settle()
        assert len(app.stream("Lines").records()) == 1
        [metric] = app.client("cloudwatch").list_metrics(Namespace="Shop")["Metrics"]
        assert metric["MetricName"] == "Errors"
        expect(app).nothing_lost()
