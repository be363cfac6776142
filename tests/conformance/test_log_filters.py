"""CloudWatch Logs: subscription filters send lines on, metric filters count them."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest

from tests.conformance.events_helpers import refusal
from tests.conformance.kinesis_helpers import NAME, iterator, open_stream
from tests.conformance.lambda_helpers import create_function, create_queue, messages

pytestmark = pytest.mark.clouds("sim", reason="nobody sees there what log groups send on")
GROUP = "/shop/orders"
TELLING = """
import boto3, json
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl={url!r}, MessageBody=event["awslogs"]["data"])
"""


@pytest.fixture
def logs(cloud):
    client = cloud.client("logs")
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName="s")
    return client


def write(cloud, logs, *lines):
    now = round(cloud.world.kernel.now * 1000)
    events = [{"timestamp": now, "message": line} for line in lines]
    logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=events)
    cloud.settle()


def subscribe(logs, arn, pattern="", name="f", group=GROUP):
    logs.put_subscription_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, destinationArn=arn
    )


def count(logs, pattern, value="1", **how):
    transformation = {"metricNamespace": "Shop", "metricName": "Errors", "metricValue": value, **how}
    logs.put_metric_filter(
        logGroupName=GROUP, filterName="m", filterPattern=pattern, metricTransformations=[transformation]
    )


def total(cloud, **dimensions):
    now = datetime.now(UTC)
    points = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="Shop",
        MetricName="Errors",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(seconds=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


def unpacked(data):
    return json.loads(gzip.decompress(data))


def test_lines_that_a_pattern_matches_run_a_function(cloud, logs):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html"""
    url, _ = create_queue(cloud, "told")
    subscribe(logs, create_function(cloud, TELLING.format(url=url)), "ERROR")
    write(cloud, logs, "ERROR: no tea", "all is well", "ERROR: no milk")
    [message] = messages(cloud, url)
    told = unpacked(b64decode(message["Body"]))
    assert [event["message"] for event in told["logEvents"]] == ["ERROR: no tea", "ERROR: no milk"]
    assert told["messageType"] == "DATA_MESSAGE"
    assert (told["logGroup"], told["logStream"], told["subscriptionFilters"]) == (GROUP, "s", ["f"])


def test_lines_go_into_a_stream_compressed(cloud, logs):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#DestinationKinesisExample"""
    subscribe(logs, open_stream(cloud))
    write(cloud, logs, "one", "two")
    [record] = cloud.client("kinesis").get_records(ShardIterator=iterator(cloud))["Records"]
    assert [event["message"] for event in unpacked(record["Data"])["logEvents"]] == ["one", "two"]


def test_what_a_function_prints_goes_through_its_group_s_filters(cloud, logs):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    create_function(cloud, "def handler(event, context):\n    print('ERROR', event)", name="worker")
    group = "/aws/lambda/worker"
    logs.create_log_group(logGroupName=group)
    subscribe(logs, open_stream(cloud), "ERROR", group=group)
    cloud.client("lambda").invoke(FunctionName="worker", Payload="7")
    cloud.settle()
    [record] = cloud.client("kinesis").get_records(ShardIterator=iterator(cloud))["Records"]
    [event] = unpacked(record["Data"])["logEvents"]
    assert event["message"].strip() == "ERROR 7"


def test_a_group_has_two_subscription_filters_at_most(cloud, logs):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"""
    arn = open_stream(cloud)
    for name in ("a", "b", "a"):
        subscribe(logs, arn, name=name)
    third = {"filterName": "c", "filterPattern": "", "destinationArn": arn}
    assert (
        refusal(logs, "put_subscription_filter", logGroupName=GROUP, **third)[0] == "LimitExceededException"
    )
    nowhere = refusal(logs, "put_subscription_filter", logGroupName="x", **third)
    assert nowhere[0] == "ResourceNotFoundException"


def test_filters_are_described_and_deleted(cloud, logs):
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html"""
    subscribe(logs, open_stream(cloud), "ERROR")
    [found] = logs.describe_subscription_filters(logGroupName=GROUP)["subscriptionFilters"]
    assert (found["filterPattern"], found["destinationArn"].endswith(NAME)) == ("ERROR", True)
    logs.delete_subscription_filter(logGroupName=GROUP, filterName="f")
    assert logs.describe_subscription_filters(logGroupName=GROUP)["subscriptionFilters"] == []
    gone = {"logGroupName": GROUP, "filterName": "f"}
    assert refusal(logs, "delete_subscription_filter", **gone)[0] == "ResourceNotFoundException"
    count(logs, "ERROR")
    assert len(logs.describe_metric_filters(filterNamePrefix="m")["metricFilters"]) == 1
    logs.delete_metric_filter(logGroupName=GROUP, filterName="m")
    assert logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"] == []


def test_lines_are_counted(cloud, logs):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html"""
    count(logs, "?ERROR ?FATAL")
    write(cloud, logs, "ERROR: no tea", "all is well", "FATAL: no shop")
    assert total(cloud) == 2.0


def test_a_metric_may_be_a_number_in_the_line_with_dimensions(cloud, logs):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html"""
    count(logs, '{ $.kind = "error" }', "$.lost", dimensions={"Shop": "$.shop"})
    lines = [{"kind": "error", "lost": 3, "shop": "SE"}, {"kind": "ok", "lost": 9}, {"kind": "error"}]
    write(cloud, logs, *map(json.dumps, lines))
    assert total(cloud, Shop="SE") == 3.0


def test_an_alarm_sees_what_a_filter_counts(cloud, logs):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html"""
    count(logs, "ERROR")
    metrics = cloud.client("cloudwatch")
    metrics.put_metric_alarm(
        AlarmName="a",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    write(cloud, logs, "ERROR: no tea")
    cloud.advance(61)
    assert metrics.describe_alarms()["MetricAlarms"][0]["StateValue"] == "ALARM"
