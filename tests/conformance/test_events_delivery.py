"""EventBridge: retries, dead letters, schedules, archives, API destinations."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from harness.cloud import HasOutbox
from tests.conformance.events_helpers import open_queue, put, received, rule
from tests.conformance.lambda_helpers import ROLE, create_function, create_queue, messages, told

GONE = "arn:aws:sqs:us-east-1:123456789012:gone"


@pytest.fixture
def events(cloud):
    return cloud.client("events")


def test_an_event_for_a_queue_that_is_gone_goes_to_the_dead_letter_queue_at_once(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"""
    url, dead = open_queue(cloud, "dead")
    arn = rule(cloud, {"Arn": GONE, "DeadLetterConfig": {"Arn": dead}})
    id_ = put(cloud, {"order": "o-1"})
    cloud.advance(2)
    (message,) = messages(cloud, url, MessageAttributeNames=["All"])
    told = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["id"] == id_
    assert (told["RULE_ARN"], told["TARGET_ARN"], told["ERROR_CODE"]) == (arn, GONE, "NO_RESOURCE")
    assert "EXHAUSTED_RETRY_CONDITION" not in told


def test_an_event_for_an_api_destination_that_is_gone_goes_to_the_dead_letter_queue(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"""
    url, dead = open_queue(cloud, "dead")
    gone = (
        cloud.client("events").describe_event_bus()["Arn"].replace("event-bus/default", "api-destination/x/1")
    )
    rule(cloud, {"Arn": gone, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": dead}})
    id_ = put(cloud)
    cloud.advance(2)
    assert [json.loads(message["Body"])["id"] for message in messages(cloud, url)] == [id_]


def test_a_queue_must_let_the_rule_send(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"""
    url, dead = open_queue(cloud, "dead")
    closed_url, closed = create_queue(cloud, "closed")
    rule(cloud, {"Arn": closed, "DeadLetterConfig": {"Arn": dead}})
    put(cloud)
    cloud.advance(2)
    (message,) = messages(cloud, url, MessageAttributeNames=["All"])
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert messages(cloud, closed_url) == []


def test_a_rule_with_a_role_needs_no_policy_of_the_queue(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"""
    url, arn = create_queue(cloud, "work")
    rule(cloud, {"Arn": arn, "RoleArn": "arn:aws:iam::123456789012:role/sends"})
    put(cloud, {"order": "o-1"})
    [event] = received(cloud, url)
    assert event["detail"] == {"order": "o-1"}


def test_a_rate_runs_each_time_its_interval_is_over(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html"""
    url, arn = open_queue(cloud)
    made = rule(cloud, {"Arn": arn}, ScheduleExpression="rate(1 minute)")
    cloud.advance(30)
    assert messages(cloud, url) == []
    cloud.advance(32)
    [event] = received(cloud, url)
    assert (event["source"], event["detail-type"], event["resources"], event["detail"]) == (
        "aws.events",
        "Scheduled Event",
        [made],
        {},
    )
    cloud.advance(60)
    assert len(received(cloud, url)) == 1


def test_a_rule_with_a_schedule_does_not_pick_events(cloud):
    """Recorded on AWS, 2024."""
    url, arn = open_queue(cloud)
    rule(cloud, {"Arn": arn}, ScheduleExpression="rate(1 day)")
    put(cloud)
    assert received(cloud, url) == []


def test_a_schedule_that_is_disabled_does_not_run(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html"""
    url, arn = open_queue(cloud)
    rule(cloud, {"Arn": arn}, ScheduleExpression="rate(1 minute)")
    events.disable_rule(Name="rule")
    cloud.advance(125)
    assert received(cloud, url) == []


def test_an_archive_keeps_events_and_a_replay_sends_them_again(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html"""
    bus = events.create_event_bus(Name="shop")["EventBusArn"]
    archive = events.create_archive(ArchiveName="all", EventSourceArn=bus)["ArchiveArn"]
    first = datetime.now(UTC) - timedelta(minutes=5)
    id_ = put(cloud, {"order": "o-1"}, bus="shop")
    cloud.settle()
    url, arn = open_queue(cloud)
    rule(cloud, {"Arn": arn}, bus="shop")
    cloud.advance(60)
    assert received(cloud, url) == []
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 1
    events.start_replay(
        ReplayName="again",
        EventSourceArn=archive,
        EventStartTime=first,
        EventEndTime=datetime.now(UTC) + timedelta(minutes=5),
        Destination={"Arn": bus},
    )
    [event] = received(cloud, url)
    assert (event["id"], event["detail"], event["replay-name"]) == (id_, {"order": "o-1"}, "again")
    assert events.describe_replay(ReplayName="again")["State"] == "COMPLETED"


def test_an_api_destination_sends_a_request_with_its_authorization(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html"""
    if not isinstance(cloud, HasOutbox):
        pytest.skip("nobody can see here what leaves the cloud")
    connection = events.create_connection(
        Name="partner",
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}},
    )["ConnectionArn"]
    destination = events.create_api_destination(
        Name="partner",
        ConnectionArn=connection,
        InvocationEndpoint="https://partner.example/orders/*",
        HttpMethod="POST",
    )["ApiDestinationArn"]
    http = {"PathParameterValues": ["o-1"], "QueryStringParameters": {"dry": "yes"}}
    rule(
        cloud,
        {
            "Arn": destination,
            "RoleArn": "arn:aws:iam::123456789012:role/partner",
            "InputPath": "$.detail",
            "HttpParameters": http,
        },
    )
    put(cloud, {"order": "o-1"})
    cloud.settle()
    [sent] = cloud.outbox
    assert (sent.endpoint, json.loads(sent.body)) == (
        "https://partner.example/orders/o-1?dry=yes",
        {"order": "o-1"},
    )
    assert sent.headers["x-key"] == "secret"


@pytest.mark.clouds("sim", reason="only the simulator has stubs of third parties")
@pytest.mark.parametrize(
    ("status", "asked", "dead_letters"), [(503, 3, 0), (429, 3, 0), (400, 1, 1), (200, 1, 0)]
)
def test_an_api_destination_that_answers_with_a_failure_is_asked_again(
    cloud, events, status, asked, dead_letters
):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html"""
    answers = iter([status, status])
    stub = cloud.stub_http("partner.example", lambda request: (next(answers, 200), {}))
    connection = events.create_connection(
        Name="partner",
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}},
    )["ConnectionArn"]
    destination = events.create_api_destination(
        Name="partner",
        ConnectionArn=connection,
        InvocationEndpoint="https://partner.example/orders",
        HttpMethod="PUT",
    )["ApiDestinationArn"]
    url, dead = open_queue(cloud, "dead")
    rule(cloud, {"Arn": destination, "DeadLetterConfig": {"Arn": dead}})
    put(cloud, {"order": "o-1"})
    cloud.settle()
    assert [request.method for request in stub.requests] == ["PUT"] * asked
    assert len(messages(cloud, url)) == dead_letters


def test_the_secrets_of_a_connection_are_not_shown(events):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html"""
    events.create_connection(
        Name="partner",
        AuthorizationType="BASIC",
        AuthParameters={"BasicAuthParameters": {"Username": "jo", "Password": "secret"}},
    )
    shown = events.describe_connection(Name="partner")["AuthParameters"]
    assert shown["BasicAuthParameters"] == {"Username": "jo"}


def test_the_record_of_a_function_becomes_an_event_on_a_bus(cloud, events):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    from tests.conformance.lambda_helpers import create_function

    bus = events.create_event_bus(Name="shop")["EventBusArn"]
    url, arn = open_queue(cloud)
    rule(cloud, {"Arn": arn}, bus="shop", EventPattern='{"source": ["lambda"]}')
    create_function(cloud, "def handler(event, context): return {'done': event['n']}", name="F")
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="F", DestinationConfig={"OnSuccess": {"Destination": bus}}
    )
    cloud.client("lambda").invoke(FunctionName="F", InvocationType="Event", Payload=b'{"n": 1}')
    [event] = received(cloud, url)
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["detail"]["responsePayload"] == {"done": 1}


def test_a_log_group_gets_the_event_as_a_log_event(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html"""
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/aws/events/shop")
    group = logs.describe_log_groups()["logGroups"][0]["arn"].removesuffix(":*")
    rule(cloud, {"Arn": group})
    id_ = put(cloud, {"order": "o-1"})
    cloud.settle()
    [found] = logs.filter_log_events(logGroupName="/aws/events/shop")["events"]
    assert json.loads(found["message"])["id"] == id_


@pytest.mark.clouds("sim", reason="only the simulator tells what it handed over")
@pytest.mark.parametrize(
    "target",
    [
        "arn:aws:ecs:us-east-1:123456789012:cluster/shop",
        "arn:aws:batch:us-east-1:123456789012:job-queue/shop",
        "arn:aws:codepipeline:us-east-1:123456789012:shop",
        "arn:aws:ssm:us-east-1::automation-definition/AWS-StopEC2Instance",
    ],
    ids=["ecs", "batch", "codepipeline", "ssm"],
)
def test_an_event_for_a_service_that_runs_nothing_here_is_handed_over(cloud, target):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html"""
    rule(cloud, {"Arn": target, "RoleArn": "arn:aws:iam::123456789012:role/starts", "InputPath": "$.detail"})
    put(cloud, {"order": "o-1"})
    cloud.settle()
    [sent] = cloud.outbox
    assert (sent.endpoint, json.loads(sent.body)) == (target, {"order": "o-1"})


ROOT = "1-67f4141f-e1cd7672871da115129f8b19"


@pytest.mark.clouds("sim", reason="LocalStack passes on no traces")
def test_the_trace_of_an_event_goes_on_to_its_targets(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-trace.html"""
    url, queue = open_queue(cloud)
    events.create_event_bus(Name="other")
    other = f"arn:aws:events:{cloud.region}:{cloud.account}:event-bus/other"
    rule(cloud, {"Arn": other, "RoleArn": "arn:aws:iam::123456789012:role/r"})
    rule(cloud, {"Arn": queue}, name="there", bus="other")
    entry = {"Source": "shop", "DetailType": "Order", "Detail": "{}", "TraceHeader": f"Root={ROOT};Sampled=1"}
    events.put_events(Entries=[entry])
    cloud.advance(2)
    (message,) = messages(cloud, url, MessageSystemAttributeNames=["All"])
    assert message["Attributes"]["AWSTraceHeader"] == f"Root={ROOT};Sampled=1"


@pytest.mark.clouds("sim", reason="LocalStack passes on no traces")
def test_a_function_belongs_to_the_trace_of_its_event(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-trace.html"""
    seen, _ = create_queue(cloud, "seen")
    source = "def handler(event, context): tell(__import__('os').environ['_X_AMZN_TRACE_ID'])"
    rule(cloud, {"Arn": create_function(cloud, source, seen=seen)})
    entry = {"Source": "shop", "DetailType": "Order", "Detail": "{}", "TraceHeader": f"Root={ROOT};Sampled=1"}
    events.put_events(Entries=[entry])
    cloud.advance(2)
    [trace] = told(cloud, seen)
    assert trace.startswith(f"Root={ROOT};")
