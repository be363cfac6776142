"""State machines on every cloud that follows them: waits, tasks, tokens, ends, and what the history tells."""

from __future__ import annotations

import json

import pytest

from harness import faults
from harness.history.ledger import Ledger
from tests.conformance.lambda_helpers import create_queue, messages
from tests.conformance.states_helpers import ROLE, described, kinds, machine, start

pytestmark = pytest.mark.clouds(
    "sim", "localstack", "localstack-host", reason="nobody sees what a state machine does there"
)

DAY = 86_400
ASK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
GET_URL = "arn:aws:states:::aws-sdk:sqs:getQueueUrl"
ABSENT = {"Type": "Task", "Resource": GET_URL, "Parameters": {"QueueName": "absent"}}


def fates(cloud):
    """How the messages of the run have ended."""
    copies = [copy for copy in Ledger(cloud.history()).fold.every_copy if not copy.passed_on]
    return ["dead-lettered" if copy.dead_letter else copy.fate.value for copy in copies]


def asking(cloud, **how):
    """An execution whose token lies in a queue, and the queue's URL."""
    url, _ = create_queue(cloud, "tokens")
    body = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}}
    ask = {"Type": "Task", "Resource": ASK, "Parameters": body, **how}
    execution = start(cloud, machine(cloud, {"Ask": ask}))
    cloud.advance(5)
    return execution, url


def token(cloud, url):
    """The next token that is asked with; its message is deleted."""
    [message] = messages(cloud, url)
    cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"])["token"]


def test_a_wait_takes_the_time_that_it_says(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html"""
    execution = start(cloud, machine(cloud, {"Wait": {"Type": "Wait", "Seconds": DAY}}), {"n": 1})
    cloud.settle(2 * DAY)
    found = described(cloud, execution)
    assert (found["status"], found["output"]) == ("SUCCEEDED", {"n": 1})
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(DAY, abs=60)


def test_branches_and_iterations_wait_side_by_side(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html"""

    def waits(name):
        return {"StartAt": name, "States": {name: {"Type": "Wait", "Seconds": 3600, "End": True}}}

    states = {
        "Both": {"Type": "Parallel", "Branches": [waits("One"), waits("Other")]},
        "Each": {"Type": "Map", "ItemProcessor": waits("Every")},
    }
    execution = start(cloud, machine(cloud, states), 1)
    cloud.settle(DAY)
    found = described(cloud, execution)
    assert found["output"] == [1, 1]
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(7200, abs=60)


def test_a_task_whose_call_is_throttled_is_tried_again_after_the_interval(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    create_queue(cloud, "there")
    cloud.inject(faults.throttle("sqs:GetQueueUrl", actor="machine"))
    again = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 600}
    task = {"Type": "Task", "Resource": GET_URL, "Parameters": {"QueueName": "there"}, "Retry": [again]}
    execution = start(cloud, machine(cloud, {"Look": task}))
    cloud.settle(DAY)
    assert described(cloud, execution)["status"] == "SUCCEEDED"
    calls = [call for call in cloud.history().of("call") if call.actor == "machine"]
    assert [cloud.history()[call.cause].subject for call in calls] == ["machine", "machine"]
    assert calls[1].at - calls[0].at == pytest.approx(600, abs=30)


def test_a_token_that_comes_back_ends_the_wait(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html"""
    execution, url = asking(cloud)
    cloud.client("stepfunctions").send_task_success(taskToken=token(cloud, url), output='"yes"')
    cloud.settle()
    assert described(cloud, execution)["output"] == "yes"


def test_a_token_that_never_comes_back_ends_the_wait_by_its_timeout(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html"""
    again = {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1}
    execution, url = asking(cloud, TimeoutSeconds=3600, Retry=[again])
    token(cloud, url)
    cloud.advance(3610)
    cloud.client("stepfunctions").send_task_success(taskToken=token(cloud, url), output='"yes"')
    cloud.settle()
    assert described(cloud, execution)["output"] == "yes"
    assert kinds(cloud, execution).count("TaskTimedOut") == 1


def test_an_execution_that_is_stopped_ends_at_once_as_a_dead_letter(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html"""
    execution = start(cloud, machine(cloud, {"Wait": {"Type": "Wait", "Seconds": DAY}}))
    cloud.advance(10)
    cloud.client("stepfunctions").stop_execution(executionArn=execution)
    cloud.settle()
    assert described(cloud, execution)["status"] == "ABORTED"
    assert cloud.history().of("execution-ended")[0].at < 600
    assert fates(cloud) == ["dead-lettered"]


@pytest.mark.parametrize(
    ("state", "fate"), [(ABSENT, "dead-lettered"), ({"Type": "Fail", "Error": "No"}, "purged")]
)
def test_what_fails_is_kept_and_what_a_fail_state_ends_was_meant(cloud, state, fate):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html"""
    execution = start(cloud, machine(cloud, {"Only": state}))
    cloud.settle()
    assert described(cloud, execution)["status"] == "FAILED"
    assert fates(cloud) == [fate]


def test_a_rule_starts_an_execution_and_another_is_told_of_its_end(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
    arn, events = machine(cloud, {"Only": {"Type": "Pass"}}), cloud.client("events")
    url, queue = create_queue(cloud, "ends")
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    ended = {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"]}}
    for name, pattern, target in (("sold", {"source": ["shop"]}, arn), ("ended", ended, queue)):
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        how = {"RoleArn": ROLE} if target == arn else {}
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, **how}])
    events.put_events(Entries=[{"Source": "shop", "DetailType": "sold", "Detail": '{"n": 1}'}])
    cloud.settle()
    [message] = messages(cloud, url)
    detail = json.loads(message["Body"])["detail"]
    assert (detail["stateMachineArn"], detail["status"]) == (arn, "SUCCEEDED")
    assert json.loads(detail["output"])["detail"] == {"n": 1}
