"""Buses, rules and targets for the conformance tests of EventBridge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conformance.lambda_helpers import create_queue, messages

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
            }
        ],
    }
)
"""Lets every rule send to a queue."""
PATTERN = {"source": ["shop"]}


def open_queue(cloud: Any, name: str = "work", **attributes: str) -> tuple[str, str]:
    """URL and ARN of a new queue to which rules may send."""
    return create_queue(cloud, name, Policy=POLICY, **attributes)


def rule(
    cloud: Any, *targets: Mapping[str, Any], name: str = "rule", bus: str = "default", **how: Any
) -> str:
    """The ARN of a new rule with these targets; it picks the events of "shop"."""
    events = cloud.client("events")
    if "ScheduleExpression" not in how:
        how.setdefault("EventPattern", json.dumps(PATTERN))
    arn: str = events.put_rule(Name=name, EventBusName=bus, **how)["RuleArn"]
    if targets:
        numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
        events.put_targets(Rule=name, EventBusName=bus, Targets=numbered)
    return arn


def put(cloud: Any, detail: Any = None, *, bus: str = "default", source: str = "shop") -> str:
    """The id of an event that was put on a bus."""
    entry = {"Source": source, "DetailType": "Order", "EventBusName": bus, "Detail": json.dumps(detail or {})}
    answer = cloud.client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0, answer
    return str(answer["Entries"][0]["EventId"])


def received(cloud: Any, url: str) -> list[Any]:
    """The bodies of the messages in a queue, as JSON values."""
    cloud.settle()
    return [json.loads(message["Body"]) for message in messages(cloud, url)]


def refusal(client: Any, operation: str, **params: Any) -> tuple[str, str]:
    """Code and message of the error that an operation answers with."""
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
