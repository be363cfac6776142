"""REST APIs as targets of EventBridge and of pipes.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-gateway-target.html
"""

from __future__ import annotations

import json

import pytest

from tests.conformance.events_helpers import open_queue, put, rule
from tests.conformance.http_helpers import rest
from tests.conformance.lambda_helpers import create_queue, messages
from tests.conformance.pipes_helpers import pipe, send

pytestmark = pytest.mark.clouds("sim", reason="only the simulator has HTTP in front of an app")

TELLS = """
import boto3, json

def handler(event, context):
    told = {"path": event["path"], "query": event["queryStringParameters"], "body": json.loads(event["body"])}
    queue = boto3.client("sqs").get_queue_url(QueueName="told")["QueueUrl"]
    boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(told))
    return {"statusCode": 200, "body": "{}"}
"""


@pytest.fixture
def told(cloud):
    """The queue that the API's function tells of its requests."""
    return create_queue(cloud, "told")[0]


@pytest.fixture
def method(cloud, told, tmp_path):
    """The ARN of a method of an API, with one parameter in its path."""
    api = rest(cloud, tmp_path, TELLS, "/orders/{id}")
    return f"arn:aws:execute-api:{cloud.region}:{cloud.account}:{api.physical_id}/prod/POST/orders/*"


def bodies(cloud, url):
    return [json.loads(message["Body"]) for message in messages(cloud, url)]


def test_a_rule_asks_a_method_with_the_event_as_body(cloud, told, method):
    parameters = {"PathParameterValues": ["o 1"], "QueryStringParameters": {"debug": "yes"}}
    rule(cloud, {"Arn": method, "HttpParameters": parameters})
    put(cloud, {"order": "o-1"})
    cloud.settle()
    [request] = bodies(cloud, told)
    assert (request["path"], request["query"]) == ("/orders/o 1", {"debug": "yes"})
    assert request["body"]["detail"] == {"order": "o-1"}


def test_a_method_that_refuses_the_event_leaves_it_to_the_dead_letter_queue(cloud, method):
    url, dead = open_queue(cloud, "dead")
    gone = method.replace("/orders/*", "/nothing")
    rule(cloud, {"Arn": gone, "DeadLetterConfig": {"Arn": dead}})
    put(cloud)
    cloud.settle()
    assert len(messages(cloud, url)) == 1


def test_a_pipe_asks_a_method_for_each_message(cloud, told, method):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetHttpParameters.html"""
    url, arn = create_queue(cloud, "orders")
    http = {"HttpParameters": {"PathParameterValues": ["$.body.order"]}, "InputTemplate": '{"n": <$.body.n>}'}
    pipe(cloud, arn, method, TargetParameters=http)
    send(cloud, url, {"order": "o-1", "n": 1})
    cloud.settle()
    [request] = bodies(cloud, told)
    assert (request["path"], request["body"]) == ("/orders/o-1", {"n": 1})
