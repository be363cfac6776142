"""Buses of several regions."""

from __future__ import annotations

import json

import boto3
import pytest

import harness

POLICY = (
    '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}'
)


@pytest.fixture
def cloud():
    with harness.Simulator(seed=1) as simulator:
        yield simulator


def ids_on_the_way(cloud, region):
    """The id of an event on its first bus, and on another bus in this region."""
    there, queues = boto3.client("events", region_name=region), boto3.client("sqs", region_name=region)
    url = queues.create_queue(QueueName="q", Attributes={"Policy": POLICY})["QueueUrl"]
    second = there.create_event_bus(Name="second")["EventBusArn"]
    there.put_rule(Name="r", EventBusName="second", EventPattern='{"source": ["shop"]}')
    queue = {"Id": "q", "Arn": f"arn:aws:sqs:{region}:{cloud.account}:q"}
    there.put_targets(Rule="r", EventBusName="second", Targets=[queue])
    here = cloud.client("events")
    here.put_rule(Name="on", EventPattern='{"source": ["shop"]}')
    here.put_targets(Rule="on", Targets=[{"Id": "b", "Arn": second, "RoleArn": "arn:aws:iam::1:role/b"}])
    entry = {"Source": "shop", "DetailType": "Order", "Detail": "{}"}
    id_ = here.put_events(Entries=[entry])["Entries"][0]["EventId"]
    cloud.settle()
    [message] = queues.receive_message(QueueUrl=url)["Messages"]
    return id_, json.loads(message["Body"])["id"]


def test_an_event_keeps_its_id_on_another_bus_of_the_region(cloud):
    """Recorded on AWS, 2024."""
    first, second = ids_on_the_way(cloud, "us-east-1")
    assert first == second


def test_an_event_has_another_id_in_another_region(cloud):
    """Recorded on AWS, 2024."""
    first, second = ids_on_the_way(cloud, "eu-west-1")
    assert first != second
