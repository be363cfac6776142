"""EventBridge Scheduler."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from harness import faults
from tests.conformance.events_helpers import open_queue, received, refusal
from tests.conformance.lambda_helpers import messages

ROLE = "arn:aws:iam::123456789012:role/scheduler"
OFF = {"Mode": "OFF"}


@pytest.fixture
def scheduler(cloud):
    return cloud.client("scheduler")


def schedule(cloud, expression, arn, *, name="s", **how):
    target = {"Arn": arn, "RoleArn": ROLE, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'}
    target |= how.pop("target", {})
    return cloud.client("scheduler").create_schedule(
        Name=name, ScheduleExpression=expression, Target=target, FlexibleTimeWindow=OFF, **how
    )["ScheduleArn"]


def test_a_rate_begins_at_once(cloud):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based"""
    url, arn = open_queue(cloud)
    schedule(cloud, "rate(1 hour)", arn)
    cloud.advance(5)
    assert len(received(cloud, url)) == 1
    cloud.advance(3600)
    assert len(received(cloud, url)) == 1


def test_one_time_schedules_run_once_and_go_if_they_are_to(cloud, scheduler):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html"""
    url, arn = open_queue(cloud)
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    schedule(cloud, f"at({at:%Y-%m-%dT%H:%M:%S})", arn, ActionAfterCompletion="DELETE")
    cloud.advance(3700)
    assert received(cloud, url) == [{"at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}]
    code, _ = refusal(scheduler, "get_schedule", Name="s")
    assert code == "ResourceNotFoundException"


def test_the_zone_of_a_schedule_is_that_of_its_expression(cloud):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#time-zones"""
    url, arn = open_queue(cloud)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    schedule(cloud, f"at({tomorrow:%Y-%m-%d}T12:00:00)", arn, ScheduleExpressionTimezone="America/New_York")
    cloud.advance(2 * 86400)
    [body] = received(cloud, url)
    assert body["at"][11:13] in ("16", "17"), "noon in summer, noon in winter"


def test_a_schedule_ends_with_its_end_date(cloud):
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"""
    url, arn = open_queue(cloud)
    schedule(cloud, "rate(1 hour)", arn, EndDate=datetime.now(UTC) + timedelta(minutes=150))
    cloud.advance(6 * 3600)
    assert len(received(cloud, url)) == 3


def test_a_function_without_an_input_gets_an_event(cloud):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html"""
    url, arn = open_queue(cloud)
    made = cloud.client("scheduler").create_schedule(
        Name="s",
        ScheduleExpression="rate(1 hour)",
        Target={"Arn": arn, "RoleArn": ROLE},
        FlexibleTimeWindow=OFF,
    )["ScheduleArn"]
    cloud.advance(5)
    [event] = received(cloud, url)
    assert (event["source"], event["detail-type"], event["resources"]) == (
        "aws.scheduler",
        "Scheduled Event",
        [made],
    )


def test_a_run_that_fails_for_good_goes_to_the_dead_letter_queue(cloud):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html"""
    url, dead = open_queue(cloud, "dead")
    gone = "arn:aws:sqs:us-east-1:123456789012:gone"
    made = schedule(cloud, "rate(1 hour)", gone, target={"DeadLetterConfig": {"Arn": dead}})
    cloud.advance(5)
    (message,) = messages(cloud, url, MessageAttributeNames=["All"])
    told = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert (told["SCHEDULE_ARN"], told["TARGET_ARN"]) == (made, gone)
    assert "at" in json.loads(message["Body"])


def test_a_schedule_is_described_with_its_defaults(cloud, scheduler):
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html"""
    _, arn = open_queue(cloud)
    schedule(cloud, "rate(2 hours)", arn)
    found = scheduler.get_schedule(Name="s")
    assert (found["State"], found["GroupName"], found["ScheduleExpressionTimezone"]) == (
        "ENABLED",
        "default",
        "UTC",
    )
    assert found["Target"]["RetryPolicy"] == {
        "MaximumEventAgeInSeconds": 86400,
        "MaximumRetryAttempts": 185,
    }


def test_a_group_goes_with_its_schedules(cloud, scheduler):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group-delete.html"""
    _, arn = open_queue(cloud)
    scheduler.create_schedule_group(Name="g")
    schedule(cloud, "rate(2 hours)", arn, GroupName="g")
    scheduler.delete_schedule_group(Name="g")
    cloud.settle()
    assert scheduler.list_schedules()["Schedules"] == []


@pytest.mark.parametrize(
    "expression",
    ["rate(10 seconds)", "cron(0 1 * * * *)", "at(2021-12-31)", "at(2021-12-31T23:59:59Z)", "rate()"],
)
def test_what_is_no_schedule_is_refused(cloud, scheduler, expression):
    """Recorded on AWS, 2024."""
    target = {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": ROLE}
    told = refusal(
        scheduler,
        "create_schedule",
        Name="s",
        ScheduleExpression=expression,
        Target=target,
        FlexibleTimeWindow=OFF,
    )
    assert told == ("ValidationException", f"Invalid Schedule Expression {expression}.")


def test_a_request_with_the_same_token_is_carried_out_once(cloud, scheduler):
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"""
    _, arn = open_queue(cloud)
    same = {"ClientToken": "token-1"}
    assert schedule(cloud, "rate(2 hours)", arn, **same) == schedule(cloud, "rate(2 hours)", arn, **same)
    with pytest.raises(ClientError, match="Schedule s already exists"):
        schedule(cloud, "rate(3 hours)", arn, **same)
    for _ in range(2):
        scheduler.create_schedule_group(Name="g", **same)
    for _ in range(2):
        scheduler.delete_schedule(Name="s", **same)
    assert scheduler.list_schedules()["Schedules"] == []
    schedule(cloud, "rate(2 hours)", arn, **same)
    assert [each["Name"] for each in scheduler.list_schedules()["Schedules"]] == ["s"]


def test_a_schedule_is_there_though_the_answer_was_lost(cloud, scheduler):
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"""
    _, arn = open_queue(cloud)
    cloud.inject(faults.answer_lost("scheduler:CreateSchedule", times=1))
    schedule(cloud, "rate(2 hours)", arn)
    assert [each["Name"] for each in scheduler.list_schedules()["Schedules"]] == ["s"]


def test_a_schedule_of_that_name_is_there_already(cloud, scheduler):
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"""
    _, arn = open_queue(cloud)
    schedule(cloud, "rate(2 hours)", arn)
    target = {"Arn": arn, "RoleArn": ROLE}
    code, _ = refusal(
        scheduler,
        "create_schedule",
        Name="s",
        ScheduleExpression="rate(1 hour)",
        Target=target,
        FlexibleTimeWindow=OFF,
    )
    assert code == "ConflictException"


@pytest.mark.parametrize(
    "window", [{"Mode": "FLEXIBLE"}, {"Mode": "OFF", "MaximumWindowInMinutes": 5}], ids=["flexible", "off"]
)
def test_only_a_flexible_window_has_a_length_and_needs_one(cloud, scheduler, window):
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html"""
    target = {"Arn": open_queue(cloud)[1], "RoleArn": ROLE}
    code, _ = refusal(
        scheduler,
        "create_schedule",
        Name="s",
        ScheduleExpression="rate(1 hour)",
        Target=target,
        FlexibleTimeWindow=window,
    )
    assert code == "ValidationException"


def test_a_schedule_ends_after_its_start(cloud, scheduler):
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"""
    start = datetime.now(UTC) + timedelta(hours=1)
    code, _ = refusal(
        scheduler,
        "create_schedule",
        Name="s",
        ScheduleExpression="rate(1 hour)",
        Target={"Arn": open_queue(cloud)[1], "RoleArn": ROLE},
        FlexibleTimeWindow=OFF,
        StartDate=start,
        EndDate=start - timedelta(minutes=1),
    )
    assert code == "ValidationException"


def test_a_bus_is_told_what_kind_of_event_a_schedule_sends(cloud, scheduler):
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_EventBridgeParameters.html"""
    bus = cloud.client("events").describe_event_bus()["Arn"]
    code, _ = refusal(
        scheduler,
        "create_schedule",
        Name="s",
        ScheduleExpression="rate(1 hour)",
        Target={"Arn": bus, "RoleArn": ROLE},
        FlexibleTimeWindow=OFF,
    )
    assert code == "ValidationException"


@pytest.mark.clouds("sim", reason="only the simulator tells what it handed over")
def test_a_task_of_ecs_is_handed_over(cloud):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html"""
    cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/shop"
    task = {"TaskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/clean:1"}
    schedule(cloud, "rate(1 hour)", cluster, target={"EcsParameters": task})
    cloud.advance(5)
    assert [sent.endpoint for sent in cloud.outbox] == [cluster]


def universal(action):
    return f"arn:aws:scheduler:::aws-sdk:{action}"


@pytest.mark.clouds("sim", reason="LocalStack's Scheduler has templated targets only")
def test_a_universal_target_calls_the_operation_with_the_input(cloud):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html"""
    url, _ = open_queue(cloud)
    given = {"QueueUrl": url, "MessageBody": '{"at": "<aws.scheduler.scheduled-time>"}'}
    schedule(cloud, "rate(1 hour)", universal("sqs:sendMessage"), target={"Input": json.dumps(given)})
    cloud.advance(5)
    assert [list(body) for body in received(cloud, url)] == [["at"]]


@pytest.mark.clouds("sim", reason="LocalStack's Scheduler has templated targets only")
def test_a_call_that_is_refused_goes_to_the_dead_letter_queue(cloud):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html"""
    url, dead = open_queue(cloud, "dead")
    target = {"Input": '{"FunctionName": "gone", "Payload": "{}"}', "DeadLetterConfig": {"Arn": dead}}
    schedule(cloud, "rate(1 hour)", universal("lambda:invoke"), target=target)
    cloud.advance(5)
    (message,) = messages(cloud, url, MessageAttributeNames=["All"])
    assert message["MessageAttributes"]["TARGET_ARN"]["StringValue"] == universal("lambda:invoke")


@pytest.mark.clouds("sim", reason="LocalStack's Scheduler has templated targets only")
@pytest.mark.parametrize("action", ["sqs:receiveMessage", "sqs:nothing", "nothing:sendMessage"])
def test_a_universal_target_is_an_operation_that_does_more_than_read(cloud, scheduler, action):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html"""
    code, _ = refusal(
        scheduler,
        "create_schedule",
        Name="s",
        ScheduleExpression="rate(1 hour)",
        Target={"Arn": universal(action), "RoleArn": ROLE},
        FlexibleTimeWindow=OFF,
    )
    assert code == "ValidationException"


def test_a_target_has_an_arn(scheduler):
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html"""
    code, _ = refusal(
        scheduler,
        "create_schedule",
        Name="s",
        ScheduleExpression="rate(1 hour)",
        Target={"Arn": "work", "RoleArn": ROLE},
        FlexibleTimeWindow=OFF,
    )
    assert code == "ValidationException"


@pytest.mark.clouds("sim", reason="LocalStack's Scheduler has templated targets only")
def test_a_call_of_a_service_that_is_not_here_leaves_the_cloud(cloud):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html"""
    stop = '{"DbInstanceIdentifier": "orders"}'
    schedule(cloud, "rate(1 hour)", universal("rds:stopDBInstance"), target={"Input": stop})
    cloud.advance(5)
    assert [sent.body for sent in cloud.outbox] == [stop]
