"""Executions that rules, schedules and pipes start, and the messages that they are about."""

from __future__ import annotations

import json

import pytest

from harness import faults
from harness.history.ledger import Ledger
from tests.conformance.lambda_helpers import create_queue, messages
from tests.conformance.states_helpers import ROLE, described, machine, start

pytestmark = pytest.mark.clouds("sim", reason="LocalStack interprets state machines by itself")

PASS = {"Only": {"Type": "Pass"}}
HERE = "arn:aws:states:us-east-1:123456789012:stateMachine:machine"


def inputs(cloud):
    """The inputs of all executions, the oldest first."""
    sfn = cloud.client("stepfunctions")
    found = sfn.list_executions(stateMachineArn=HERE)["executions"]
    told = [sfn.describe_execution(executionArn=each["executionArn"])["input"] for each in found]
    return [json.loads(text) for text in told[::-1]]


def fates(cloud):
    """How the messages of the run have ended."""
    copies = [copy for copy in Ledger(cloud.history()).fold.every_copy if not copy.passed_on]
    return ["dead-lettered" if copy.dead_letter else copy.fate.value for copy in copies]


def test_a_rule_starts_an_execution_with_its_event(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/tutorial-cloudwatch-events-s3.html"""
    arn, events = machine(cloud, PASS), cloud.client("events")
    events.put_rule(Name="sold", EventPattern='{"source": ["shop"]}')
    events.put_targets(
        Rule="sold", Targets=[{"Id": "1", "Arn": arn, "RoleArn": ROLE, "InputPath": "$.detail"}]
    )
    events.put_events(Entries=[{"Source": "shop", "DetailType": "sold", "Detail": '{"n": 1}'}])
    cloud.settle()
    assert inputs(cloud) == [{"n": 1}]


def test_a_schedule_starts_an_execution_with_its_input(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/using-eventbridge-scheduler.html"""
    arn = machine(cloud, PASS)
    cloud.client("scheduler").create_schedule(
        Name="nightly",
        ScheduleExpression="at(2026-01-01T03:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": ROLE, "Input": '{"night": 1}'},
    )
    cloud.advance(4 * 3600)
    assert inputs(cloud) == [{"night": 1}]


def test_a_pipe_starts_an_execution_for_each_batch(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html"""
    arn = machine(cloud, PASS)
    url, source = create_queue(cloud, "orders")
    cloud.client("pipes").create_pipe(
        Name="pipe",
        RoleArn=ROLE,
        Source=source,
        Target=arn,
        TargetParameters={"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}},
    )
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="o-1")
    cloud.settle()
    assert [record["body"] for batch in inputs(cloud) for record in batch] == ["o-1"]


@pytest.mark.parametrize(
    ("last", "fate"),
    [
        ({"Type": "Succeed"}, "applied"),
        ({"Type": "Fail", "Error": "Refused"}, "purged"),
        (
            {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl", "End": True},
            "dead-lettered",
        ),
    ],
)
def test_a_message_ends_as_its_execution_does(cloud, last, fate):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    arn = machine(cloud, {"Last": last})
    cloud.client("stepfunctions").start_execution(stateMachineArn=arn, input="{}")
    cloud.settle()
    assert fates(cloud) == [fate]


@pytest.mark.parametrize(
    ("last", "fate"),
    [
        ({"Type": "Succeed"}, "applied"),
        ({"Type": "Fail", "Error": "Refused"}, "purged"),
        (
            {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl", "End": True},
            "dead-lettered",
        ),
    ],
)
def test_a_message_that_a_pipe_brings_ends_as_its_execution_does(cloud, last, fate):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html"""
    arn = machine(cloud, {"Last": last})
    url, source = create_queue(cloud, "orders")
    cloud.client("pipes").create_pipe(
        Name="pipe",
        RoleArn=ROLE,
        Source=source,
        Target=arn,
        TargetParameters={"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}},
    )
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    cloud.settle()
    assert fate in fates(cloud)


def inputs_of_runs(cloud):
    """The names of the executions that ended, one for each run."""
    history = cloud.history()
    return [history[event.cause].data["name"] for event in history.of("execution-ended")]


def test_an_express_execution_may_run_twice(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html"""
    arn = machine(cloud, PASS, type_="EXPRESS")
    cloud.inject(faults.run_again("machine", after_start_seconds=5))
    cloud.client("stepfunctions").start_execution(stateMachineArn=arn, name="one", input="{}")
    cloud.settle()
    assert inputs_of_runs(cloud) == ["one", "one"]


@pytest.mark.parametrize(
    ("kind", "start"), [("STANDARD", "start_execution"), ("EXPRESS", "start_sync_execution")]
)
def test_other_executions_run_once(cloud, kind, start):
    """https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html"""
    arn = machine(cloud, PASS, type_=kind)
    cloud.inject(faults.run_again(optional=True))
    getattr(cloud.client("stepfunctions"), start)(stateMachineArn=arn, name="one")
    cloud.settle()
    assert inputs_of_runs(cloud) == ["one"]


def changes(cloud, *statuses):
    """What a rule is told of the statuses of executions; the details are written to a queue."""
    events, (url, arn) = cloud.client("events"), create_queue(cloud, "changes")
    detail = {"detail": {"status": list(statuses)}} if statuses else {}
    events.put_rule(Name="changes", EventPattern=json.dumps({"source": ["aws.states"], **detail}))
    events.put_targets(Rule="changes", Targets=[{"Id": "1", "Arn": arn, "RoleArn": ROLE}])
    return lambda: [json.loads(each["Body"]) for each in messages(cloud, url)]


def test_the_default_bus_is_told_of_each_status_of_a_standard_execution(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
    told = changes(cloud)
    execution = start(cloud, machine(cloud, PASS), {"n": 1}, name="one")
    cloud.settle()
    found = sorted(told(), key=lambda event: event["detail"]["status"])
    assert [event["detail"]["status"] for event in found] == ["RUNNING", "SUCCEEDED"]
    assert {event["detail-type"] for event in found} == {"Step Functions Execution Status Change"}
    assert [event["resources"] for event in found] == [[execution]] * 2
    detail = found[1]["detail"]
    assert (detail["name"], detail["input"], detail["output"]) == ("one", '{"n": 1}', '{"n": 1}')
    assert detail["outputDetails"] == {"included": True}
    assert (found[0]["detail"]["output"], found[0]["detail"]["stopDate"]) == (None, None)


def test_the_default_bus_is_told_why_an_execution_failed(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
    told = changes(cloud, "FAILED")
    start(cloud, machine(cloud, {"Only": {"Type": "Fail", "Error": "Bad", "Cause": "luck"}}))
    cloud.settle()
    [event] = told()
    assert (event["detail"]["error"], event["detail"]["cause"]) == ("Bad", "luck")


def test_an_express_execution_tells_no_bus(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
    told = changes(cloud)
    start(cloud, machine(cloud, PASS, type_="EXPRESS"))
    cloud.settle()
    assert told() == []


def test_long_payloads_are_left_out_of_what_the_bus_is_told(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
    told = changes(cloud, "SUCCEEDED")
    start(cloud, machine(cloud, PASS), {"long": "x" * 130_000})
    cloud.settle()
    [event] = told()
    assert (event["detail"]["input"], event["detail"]["inputDetails"]) == (None, {"included": False})
    assert event["detail"]["outputDetails"] == {"included": True}


WAITS = {"Begin": {"Type": "Pass"}, "Wait": {"Type": "Wait", "Seconds": 60}}


@pytest.mark.parametrize(("when", "entered"), [("before", ["Begin"]), ("after", ["Begin", "Wait"])])
def test_an_execution_that_is_stopped_is_a_dead_letter_until_it_is_redriven(cloud, when, entered):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html"""
    cloud.inject(faults.stop_execution("machine", entered[-1], when=when))
    execution = start(cloud, machine(cloud, WAITS))
    cloud.settle()
    assert described(cloud, execution)["status"] == "ABORTED"
    assert [event.data["state"] for event in cloud.history().of("entered")] == entered
    assert fates(cloud) == ["dead-lettered"]
    cloud.client("stepfunctions").redrive_execution(executionArn=execution)
    cloud.settle()
    assert fates(cloud) == ["applied"]


def test_an_express_execution_cannot_be_stopped(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html"""
    cloud.inject(faults.stop_execution(optional=True))
    start(cloud, machine(cloud, PASS, type_="EXPRESS"))
    cloud.settle()
    assert not cloud.history().of("fault")


BROKEN = {"Only": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl", "End": True}}


def test_an_express_execution_that_fails_with_nobody_waiting_has_lost_its_input(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html"""
    arn = machine(cloud, BROKEN, type_="EXPRESS")
    cloud.client("stepfunctions").start_execution(stateMachineArn=arn, input="{}")
    cloud.settle()
    assert fates(cloud) == ["lost"]


def test_who_waits_for_an_execution_is_told_that_it_failed_and_has_the_input_yet(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html"""
    arn = machine(cloud, BROKEN, type_="EXPRESS")
    answer = cloud.client("stepfunctions").start_sync_execution(stateMachineArn=arn, input="{}")
    cloud.settle()
    assert answer["status"] == "FAILED"
    assert fates(cloud) == ["purged"]


def test_a_parent_that_catches_the_failure_of_its_child_has_lost_nothing(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html"""
    child = machine(cloud, BROKEN, name="child")
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child, "Input": {}},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
        "Next": "Done",
    }
    parent = machine(cloud, {"Call": call, "Done": {"Type": "Succeed"}}, name="parent")
    cloud.client("stepfunctions").start_execution(stateMachineArn=parent, input="{}")
    cloud.settle()
    assert sorted(fates(cloud)) == ["applied", "purged"]
