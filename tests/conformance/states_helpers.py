"""State machines for the conformance tests."""

from __future__ import annotations

import json

import boto3
from botocore.config import Config

ROLE = "arn:aws:iam::123456789012:role/states"


def machine(cloud, states, *, start=None, name="machine", type_="STANDARD", **how):
    """The ARN of a new state machine; the first state is where it starts, the last ends it."""
    states = {each: dict(state) for each, state in states.items()}
    names = list(states)
    for here, after in zip(names, [*names[1:], None], strict=True):
        state = states[here]
        if state["Type"] not in ("Succeed", "Fail", "Choice") and not {"Next", "End"} & set(state):
            state.update({"Next": after} if after else {"End": True})
    definition = {"StartAt": start or names[0], "States": states, **how}
    return cloud.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=ROLE, type=type_
    )["stateMachineArn"]


def patient():
    """A client that waits longer than any answer takes; others wait for a minute."""
    return boto3.client("stepfunctions", region_name="us-east-1", config=Config(read_timeout=400))


def start(cloud, arn, given=None, **how):
    """The ARN of a new execution."""
    answer = cloud.client("stepfunctions").start_execution(
        stateMachineArn=arn, input=json.dumps({} if given is None else given), **how
    )
    return answer["executionArn"]


def described(cloud, execution):
    """DescribeExecution, with its output as data."""
    found = cloud.client("stepfunctions").describe_execution(executionArn=execution)
    if "output" in found:
        found["output"] = json.loads(found["output"])
    return found


def ran(cloud, states, given=None, *, within=86_400.0, **how):
    """How an execution of a new state machine ended."""
    execution = start(cloud, machine(cloud, states, **how), given)
    cloud.settle(within)
    return described(cloud, execution)


def events(cloud, execution, *kinds):
    """The events of an execution, of these types if some are given."""
    pages = cloud.client("stepfunctions").get_paginator("get_execution_history")
    found = [event for page in pages.paginate(executionArn=execution) for event in page["events"]]
    return [event for event in found if not kinds or event["type"] in kinds]


def kinds(cloud, execution):
    """The types of an execution's events, in order."""
    return [event["type"] for event in events(cloud, execution)]
