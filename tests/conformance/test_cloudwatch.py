"""CloudWatch: metrics that apps put and those of services, statistics, alarms and what they tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.conformance.events_helpers import open_queue, received, refusal, rule
from tests.conformance.kinesis_helpers import open_stream
from tests.conformance.lambda_helpers import create_function, create_queue, messages

pytestmark = pytest.mark.clouds(
    "sim", reason="only the simulator's alarms see its metrics under virtual time"
)
SHOP = "Shop"
ORDERS = {"Namespace": SHOP, "MetricName": "Orders"}


@pytest.fixture
def metrics(cloud):
    return cloud.client("cloudwatch")


def put(metrics, *values, **how):
    data = [{"MetricName": "Orders", "Value": value, **how} for value in values]
    metrics.put_metric_data(Namespace=SHOP, MetricData=data)


def statistics(metrics, *stats, metric=ORDERS, minutes=60, period=60, **how):
    now = datetime.now(UTC)
    asked = {"StartTime": now - timedelta(minutes=minutes), "EndTime": now + timedelta(seconds=1)}
    answer = metrics.get_metric_statistics(**metric, **asked, Period=period, Statistics=list(stats), **how)
    return sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])


def alarm(metrics, *, name="a", **how):
    """An alarm that wants more than ten orders a minute."""
    given = {
        **ORDERS,
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
        **how,
    }
    metrics.put_metric_alarm(AlarmName=name, **given)
    return state(metrics, name)["AlarmArn"]


def state(metrics, name="a"):
    [found] = metrics.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found


def next_minute(cloud):
    cloud.advance(61 - cloud.world.kernel.now % 60)


def test_statistics_are_made_by_periods(cloud, metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
    put(metrics, 1, 2, 6)
    next_minute(cloud)
    put(metrics, 5, Unit="Count")
    first, second = statistics(metrics, "Sum", "Average", "Minimum", "Maximum", "SampleCount")
    wanted = {"Sum": 9.0, "Average": 3.0, "Minimum": 1.0, "Maximum": 6.0, "SampleCount": 3.0}
    assert wanted.items() <= first.items()
    assert (second["Sum"], second["Unit"]) == (5.0, "Count")


def test_values_may_have_counts_and_statistics_may_be_sent(metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""
    held = {"SampleCount": 2, "Sum": 30, "Minimum": 10, "Maximum": 20}
    data = [{"Values": [1, 5], "Counts": [3, 1]}, {"StatisticValues": held}]
    metrics.put_metric_data(Namespace=SHOP, MetricData=[{"MetricName": "Orders", **each} for each in data])
    [found] = statistics(metrics, "Sum", "SampleCount", "Maximum")
    assert (found["Sum"], found["SampleCount"], found["Maximum"]) == (38.0, 6.0, 20.0)


def test_dimensions_make_another_metric(metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension"""
    dimension = [{"Name": "Country", "Value": "SE"}]
    put(metrics, 1)
    put(metrics, 2, Dimensions=dimension)
    [found] = statistics(metrics, "Sum", metric={**ORDERS, "Dimensions": dimension})
    assert found["Sum"] == 2.0
    listed = metrics.list_metrics(Namespace=SHOP, Dimensions=[{"Name": "Country"}])["Metrics"]
    assert listed == [{**ORDERS, "Dimensions": dimension}]


def test_percentiles_are_asked_for_by_name(metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"""
    put(metrics, *range(1, 101))
    now = datetime.now(UTC)
    asked = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(seconds=1), "Period": 300}
    answer = metrics.get_metric_statistics(**ORDERS, **asked, ExtendedStatistics=["p90", "p50"])
    assert answer["Datapoints"][0]["ExtendedStatistics"] == {"p90": 90.0, "p50": 50.0}
    code, _ = refusal(metrics, "get_metric_statistics", **ORDERS, **asked, ExtendedStatistics=["x90"])
    assert code == "InvalidParameterValue"


def test_metric_data_has_several_metrics_and_arithmetic_over_them(cloud, metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    put(metrics, 4)
    metrics.put_metric_data(Namespace=SHOP, MetricData=[{"MetricName": "Refused", "Value": 1}])
    now = datetime.now(UTC)

    def stat(name):
        return {"Metric": {"Namespace": SHOP, "MetricName": name}, "Period": 60, "Stat": "Sum"}

    answer = metrics.get_metric_data(
        MetricDataQueries=[
            {"Id": "share", "Expression": "100 * refused / orders", "Label": "percent"},
            {"Id": "orders", "MetricStat": stat("Orders"), "ReturnData": False},
            {"Id": "refused", "MetricStat": stat("Refused")},
        ],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(seconds=1),
    )
    found = {each["Label"]: each["Values"] for each in answer["MetricDataResults"]}
    assert found == {"percent": [25.0], "Refused": [1.0]}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"Namespace": "AWS/SQS", "MetricData": [{"MetricName": "x", "Value": 1}]}, "InvalidParameterValue"),
        ({"Namespace": SHOP, "MetricData": [{"MetricName": "x"}]}, "InvalidParameterCombination"),
        (
            {"Namespace": SHOP, "MetricData": [{"MetricName": "x", "Values": [1.0], "Counts": [1.0, 2.0]}]},
            "InvalidParameterValue",
        ),
    ],
    ids=["a namespace of AWS", "no value", "more counts than values"],
)
def test_data_that_says_nothing_is_refused(metrics, asked, told):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
    assert refusal(metrics, "put_metric_data", **asked)[0] == told


def test_queues_have_metrics_of_what_was_sent_and_what_waits(cloud, metrics):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""
    url, _ = create_queue(cloud, "work")
    sqs = cloud.client("sqs")
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    [taken] = sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    next_minute(cloud)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=taken["ReceiptHandle"])
    next_minute(cloud)

    def values(name):
        dimensions = [{"Name": "QueueName", "Value": "work"}]
        metric = {"Namespace": "AWS/SQS", "MetricName": name, "Dimensions": dimensions}
        return [point["Maximum"] for point in statistics(metrics, "Maximum", metric=metric)]

    assert values("NumberOfMessagesSent") == [1.0]
    assert values("NumberOfMessagesDeleted") == [1.0]
    assert values("ApproximateNumberOfMessagesVisible") == [2.0, 2.0]
    assert values("ApproximateNumberOfMessagesNotVisible") == [1.0, 0.0]


def test_functions_have_metrics_of_their_runs(cloud, metrics):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    create_function(cloud, "def handler(event, context):\n    return 1 / event", name="f")
    for payload in ("1", "0"):
        cloud.client("lambda").invoke(FunctionName="f", Payload=payload)
    for dimensions in ([{"Name": "FunctionName", "Value": "f"}], []):
        found = {
            name: statistics(
                metrics,
                "Sum",
                metric={"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": dimensions},
                period=3600,
            )[0]["Sum"]
            for name in ("Invocations", "Errors", "Throttles")
        }
        assert found == {"Invocations": 2.0, "Errors": 1.0, "Throttles": 0.0}


def total(metrics, namespace, name, dimension, value):
    dimensions = [{"Name": dimension, "Value": value}]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    return sum(point["Sum"] for point in statistics(metrics, "Sum", metric=metric, period=3600))


def test_topics_have_metrics_of_what_they_delivered(cloud, metrics):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html"""
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15551230002")
    gone = "arn:aws:sqs:us-east-1:123456789012:gone"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=gone)
    sns.publish(TopicArn=topic, Message="x")
    cloud.settle()
    names = "NumberOfMessagesPublished", "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed"
    assert [total(metrics, "AWS/SNS", name, "TopicName", "t") for name in names] == [1.0, 1.0, 1.0]


def test_rules_have_metrics_of_their_targets(cloud, metrics):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"""
    _, queue = open_queue(cloud)
    rule(cloud, {"Arn": queue}, {"Arn": f"{queue}-gone"})
    event = {"Source": "shop", "DetailType": "Order", "Detail": "{}"}
    cloud.client("events").put_events(Entries=[event])
    cloud.settle()
    assert total(metrics, "AWS/Events", "Invocations", "RuleName", "rule") == 2.0
    assert total(metrics, "AWS/Events", "FailedInvocations", "RuleName", "rule") == 1.0


def test_state_machines_have_metrics_of_their_executions(cloud, metrics):
    """https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html"""
    states = cloud.client("stepfunctions")
    definition = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "No"}}}
    role = "arn:aws:iam::123456789012:role/r"
    arn = states.create_state_machine(name="m", definition=json.dumps(definition), roleArn=role)[
        "stateMachineArn"
    ]
    states.start_execution(stateMachineArn=arn)
    cloud.settle()
    names = "ExecutionsStarted", "ExecutionsFailed", "ExecutionsSucceeded"
    found = [total(metrics, "AWS/States", name, "StateMachineArn", arn) for name in names]
    assert found == [1.0, 1.0, 0.0]


def test_the_age_of_records_is_measured_where_a_function_reads_a_stream(cloud, metrics):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    stream = open_stream(cloud)
    create_function(cloud, "def handler(event, context):\n    pass", name="f")
    cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=stream, FunctionName="f", StartingPosition="TRIM_HORIZON"
    )
    cloud.settle()
    cloud.client("kinesis").put_record(StreamName="clicks", Data=b"{}", PartitionKey="k")
    cloud.settle()
    assert total(metrics, "AWS/Kinesis", "IncomingRecords", "StreamName", "clicks") == 1.0
    assert 0 < total(metrics, "AWS/Lambda", "IteratorAge", "FunctionName", "f") < 5000


def test_an_alarm_begins_without_data_and_goes_by_its_threshold(cloud, metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""
    alarm(metrics)
    assert state(metrics)["StateValue"] == "INSUFFICIENT_DATA"
    for value, expected in ((11, "ALARM"), (10, "OK")):
        next_minute(cloud)
        put(metrics, value)
        next_minute(cloud)
        assert state(metrics)["StateValue"] == expected
    assert state(metrics)["StateReason"] == (
        "Threshold Crossed: 1 datapoint [10.0] was not greater than the threshold (10.0)."
    )
    changes = metrics.describe_alarm_history(AlarmName="a", ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert [each["HistorySummary"] for each in changes] == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to OK",
    ]


def test_some_of_the_latest_datapoints_must_breach(cloud, metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"""
    alarm(metrics, EvaluationPeriods=3, DatapointsToAlarm=2)
    found = []
    for value in (20, 1, 20, 1):
        put(metrics, value)
        next_minute(cloud)
        found.append(state(metrics)["StateValue"])
    assert found == ["INSUFFICIENT_DATA", "OK", "ALARM", "OK"]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("missing", "INSUFFICIENT_DATA"), ("breaching", "ALARM"), ("notBreaching", "OK"), ("ignore", "ALARM")],
)
def test_missing_data_is_treated_as_the_alarm_says(cloud, metrics, missing, expected):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    alarm(metrics, TreatMissingData=missing)
    put(metrics, 11)
    cloud.advance(3600)
    assert state(metrics)["StateValue"] == expected


def test_an_alarm_tells_its_topic_of_the_change(cloud, metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"""
    url, queue = create_queue(cloud, "told")
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue,
            }
        ]
    }
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    arn = alarm(metrics, AlarmActions=[topic], AlarmDescription="too many")
    put(metrics, 11)
    cloud.advance(120)
    [envelope] = received(cloud, url)
    assert envelope["Subject"] == 'ALARM: "a" in US East (N. Virginia)'
    told = json.loads(envelope["Message"])
    assert (told["AlarmArn"], told["OldStateValue"], told["NewStateValue"]) == (
        arn,
        "INSUFFICIENT_DATA",
        "ALARM",
    )
    assert told["Trigger"]["MetricName"] == "Orders"


def test_an_alarm_runs_a_function(cloud, metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html"""
    url, _ = create_queue(cloud, "told")
    code = (
        "import boto3, json\n"
        "def handler(event, context):\n"
        f"    boto3.client('sqs').send_message(QueueUrl={url!r}, MessageBody=json.dumps(event))\n"
    )
    function = create_function(cloud, code, name="f")
    alarm(metrics, OKActions=[function])
    put(metrics, 1)
    cloud.advance(120)
    cloud.settle()
    [message] = messages(cloud, url)
    event = json.loads(message["Body"])
    assert (event["source"], event["alarmData"]["state"]["value"]) == ("aws.cloudwatch", "OK")


def test_a_rule_hears_of_every_change(cloud, metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    url, queue = open_queue(cloud)
    pattern = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
    rule(cloud, {"Arn": queue}, EventPattern=json.dumps(pattern))
    arn = alarm(metrics, ActionsEnabled=False)
    put(metrics, 11)
    cloud.advance(120)
    [event] = received(cloud, url)
    assert event["resources"] == [arn]
    assert (event["detail"]["previousState"]["value"], event["detail"]["state"]["value"]) == (
        "INSUFFICIENT_DATA",
        "ALARM",
    )


def test_a_state_can_be_set_and_the_next_evaluation_changes_it_back(cloud, metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html"""
    alarm(metrics, TreatMissingData="notBreaching")
    metrics.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="a drill")
    assert (state(metrics)["StateValue"], state(metrics)["StateReason"]) == ("ALARM", "a drill")
    next_minute(cloud)
    assert state(metrics)["StateValue"] == "OK"
    gone = {"AlarmName": "gone", "StateValue": "OK", "StateReason": "x"}
    assert refusal(metrics, "set_alarm_state", **gone)[0] == "ResourceNotFound"


def test_actions_can_be_switched_off(cloud, metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html"""
    topic = cloud.client("sns").create_topic(Name="t")["TopicArn"]
    alarm(metrics, AlarmActions=[topic])
    metrics.disable_alarm_actions(AlarmNames=["a"])
    put(metrics, 11)
    cloud.advance(120)
    assert state(metrics)["StateValue"] == "ALARM"
    assert not [event for event in cloud.history().of("accepted") if event.subject == "t"]


def test_alarms_are_found_by_name_state_and_metric(metrics):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""
    for name in ("orders-high", "orders-low", "other"):
        alarm(metrics, name=name)
    metrics.set_alarm_state(AlarmName="other", StateValue="OK", StateReason="x")

    def names(**how):
        return [each["AlarmName"] for each in metrics.describe_alarms(**how)["MetricAlarms"]]

    assert names(AlarmNamePrefix="orders") == ["orders-high", "orders-low"]
    assert names(StateValue="OK") == ["other"]
    assert len(metrics.describe_alarms_for_metric(**ORDERS)["MetricAlarms"]) == 3
    metrics.delete_alarms(AlarmNames=["other"])
    assert names() == ["orders-high", "orders-low"]


@pytest.mark.parametrize(
    "how",
    [
        {"TreatMissingData": "maybe"},
        {"DatapointsToAlarm": 2},
        {"ExtendedStatistic": "p90"},
        {"ComparisonOperator": None},
        {"EvaluationPeriods": None},
    ],
    ids=[
        "treatment of missing data",
        "more datapoints than periods",
        "two statistics",
        "no comparison",
        "no periods",
    ],
)
def test_what_is_no_alarm_is_refused(metrics, how):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    given = {"Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1}
    compared = {"ComparisonOperator": "GreaterThanThreshold"}
    asked = {name: value for name, value in (given | compared | how).items() if value is not None}
    code, _ = refusal(metrics, "put_metric_alarm", AlarmName="a", **ORDERS, **asked)
    assert code == "ValidationError"


STAT = {"Metric": ORDERS, "Period": 60, "Stat": "Sum"}


@pytest.mark.parametrize(
    "query", [{"Id": "a"}, {"Id": "a", "Expression": "b", "MetricStat": STAT}], ids=["none", "both"]
)
def test_a_query_is_a_metric_or_an_expression(metrics, query):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
    code, _ = refusal(metrics, "get_metric_data", MetricDataQueries=[query], StartTime=0, EndTime=60)
    assert code.startswith("InvalidParameterCombination")


@pytest.mark.clouds("sim", reason="LocalStack takes any metric")
@pytest.mark.parametrize("left_out", ["Namespace", "MetricName"])
def test_a_query_of_a_metric_names_it(metrics, left_out):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    metric = {name: value for name, value in ORDERS.items() if name != left_out}
    query = {"Id": "a", "MetricStat": STAT | {"Metric": metric}}
    code, _ = refusal(metrics, "get_metric_data", MetricDataQueries=[query], StartTime=0, EndTime=60)
    assert code == "ValidationError"
