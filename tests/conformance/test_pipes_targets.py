"""Targets of EventBridge Pipes.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from __future__ import annotations

import json

import pytest

from harness.cloud import Unsupported
from tests.conformance.lambda_helpers import (
    create_function,
    create_queue,
    create_queue_with_dead_letters,
    messages,
    told,
)
from tests.conformance.pipes_helpers import FIFO, NOBODY, TELLS, bodies, pipe, send

pytestmark = pytest.mark.clouds("sim", reason="LocalStack has no Pipes")


@pytest.fixture
def seen(cloud):
    """The queue that functions tell."""
    return create_queue(cloud, "seen")[0]


@pytest.fixture
def orders(cloud):
    """URL and ARN of the source."""
    return create_queue(cloud, "orders")


@pytest.fixture
def bills(cloud):
    """URL and ARN of a queue as target."""
    return create_queue(cloud, "bills")


def test_a_function_that_is_waited_for_says_which_messages_failed(cloud, seen):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html#pipes-partial-batch-failure"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders")
    source = """
    def handler(event, context):
        bad = [{"itemIdentifier": each["messageId"]} for each in event if each["body"] == "bad"]
        return {"batchItemFailures": bad}
    """
    pipe(cloud, arn, create_function(cloud, source))
    send(cloud, url, "good", "bad", "fine")
    cloud.settle()
    assert bodies(cloud, failed) == ["bad"]


def test_a_function_that_fails_gets_the_batch_again_after_the_visibility_timeout(cloud, seen):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html"""
    url, arn = create_queue(cloud, "orders", VisibilityTimeout="60")
    source = """
    def handler(event, context):
        tell([event[0]["attributes"]["ApproximateReceiveCount"], time.time()])
        if event[0]["attributes"]["ApproximateReceiveCount"] == "1":
            raise ValueError
    """
    pipe(cloud, arn, create_function(cloud, source, seen=seen))
    send(cloud, url, "a")
    cloud.settle()
    (first, began), (second, again) = told(cloud, seen)
    assert (first, second) == ("1", "2")
    assert 59 < again - began < 62


def test_fire_and_forget_leaves_failures_to_the_function(cloud, orders, seen):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html#pipes-invocation"""
    source = """
    def handler(event, context):
        tell(len(event))
        raise ValueError
    """
    pipe(
        cloud,
        orders[1],
        create_function(cloud, source, seen=seen),
        TargetParameters={"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}},
    )
    send(cloud, orders[0], "a")
    cloud.settle()
    assert told(cloud, seen) == [1, 1, 1], "Lambda tries an asynchronous event three times"
    assert messages(cloud, orders[0]) == []


def test_a_topic_gets_each_record(cloud, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html"""
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    policy = {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": bills[1]},
        ]
    }
    cloud.client("sqs").set_queue_attributes(QueueUrl=bills[0], Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=bills[1], Attributes={"RawMessageDelivery": "true"}
    )
    pipe(cloud, orders[1], topic, template="<$.body>")
    send(cloud, orders[0], "a", "b")
    assert sorted(bodies(cloud, bills[0])) == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("Pipe pipe", "Event from aws:sqs")),
        ({"Source": "shop", "DetailType": "Order"}, ("shop", "Order")),
        ({"Source": "$.body.by", "DetailType": "$.body.kind"}, ("web", "Refund")),
    ],
)
def test_a_bus_gets_an_event_whose_detail_is_the_input(cloud, orders, seen, given, expected):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetEventBridgeEventBusParameters.html"""
    events = cloud.client("events")
    bus = events.create_event_bus(Name="shop")["EventBusArn"]
    events.put_rule(Name="all", EventBusName="shop", EventPattern='{"account": [{"exists": true}]}')
    function = create_function(cloud, TELLS, seen=seen)
    events.put_targets(Rule="all", EventBusName="shop", Targets=[{"Id": "1", "Arn": function}])
    pipe(
        cloud,
        orders[1],
        bus,
        template="<$.body>",
        TargetParameters={"EventBridgeEventBusParameters": given} if given else {},
    )
    send(cloud, orders[0], {"by": "web", "kind": "Refund"})
    cloud.settle()
    [event] = told(cloud, seen)
    assert (event["source"], event["detail-type"]) == expected
    assert event["detail"] == {"by": "web", "kind": "Refund"}


def api_destination(cloud, endpoint):
    """The ARN of an API destination at this address."""
    events = cloud.client("events")
    connection = events.create_connection(
        Name="c",
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "k"}},
    )["ConnectionArn"]
    return events.create_api_destination(
        Name="d", ConnectionArn=connection, InvocationEndpoint=endpoint, HttpMethod="POST"
    )["ApiDestinationArn"]


@pytest.mark.clouds("sim", reason="only the simulator has stubs of third parties")
@pytest.mark.parametrize(
    ("answer", "goes_on"),
    [((200, {"price": 3}), ['{"price":3}']), ((200, {}), []), ((503, {"price": 3}), [])],
    ids=["answer", "empty", "failure"],
)
def test_an_api_destination_enriches_by_its_answer(cloud, orders, bills, answer, goes_on):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html"""
    stub = cloud.stub_http("prices.example", answer)
    pipe(
        cloud,
        orders[1],
        bills[1],
        Enrichment=api_destination(cloud, "https://prices.example/of/*"),
        EnrichmentParameters={
            "InputTemplate": "<$.body>",
            "HttpParameters": {"PathParameterValues": ["tea"], "HeaderParameters": {"X-Kind": "order"}},
        },
    )
    send(cloud, orders[0], {"order": "o-1"})
    assert bodies(cloud, bills[0]) == goes_on
    first = stub.requests[0]
    assert (first.method, first.path, first.json()) == ("POST", "/of/tea", [{"order": "o-1"}])
    assert (first.headers["X-Key"], first.headers["X-Kind"]) == ("k", "order")


@pytest.mark.clouds("sim", reason="only the simulator has stubs of third parties")
def test_an_enrichment_that_nobody_answers_for_is_told(cloud, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html"""
    pipe(cloud, orders[1], bills[1], Enrichment=api_destination(cloud, "https://prices.example/"))
    send(cloud, orders[0], {"order": "o-1"})
    with pytest.raises(Unsupported, match="which enriches its messages; answer for its host with app"):
        cloud.settle()


def test_an_api_destination_gets_a_request_with_its_parameters(cloud, orders):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html#pipes-targets-specific-parms"""
    destination = api_destination(cloud, "https://example.com/orders/*")
    http = {"PathParameterValues": ["$.body.order"], "HeaderParameters": {"X-Kind": "order"}}
    pipe(cloud, orders[1], destination, template="<$.body>", TargetParameters={"HttpParameters": http})
    send(cloud, orders[0], {"order": "o-1"})
    cloud.settle()
    [sent] = cloud.outbox
    assert (sent.endpoint, sent.body) == ("https://example.com/orders/o-1", '{"order":"o-1"}')
    assert (sent.headers["X-Key"], sent.headers["X-Kind"]) == ("k", "order")


def test_a_log_group_gets_each_record_as_a_log_event(cloud, orders):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html"""
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/orders")
    account = orders[1].split(":")[4]
    pipe(cloud, orders[1], f"arn:aws:logs:us-east-1:{account}:log-group:/orders", template="<$.body>")
    send(cloud, orders[0], "a")
    cloud.settle()
    found = logs.filter_log_events(logGroupName="/orders")["events"]
    assert [event["message"] for event in found] == ["a"]


def test_a_delivery_stream_gets_each_record(cloud, orders):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html"""
    account = orders[1].split(":")[4]
    stream = f"arn:aws:firehose:us-east-1:{account}:deliverystream/all"
    pipe(cloud, orders[1], stream, template="<$.body>")
    send(cloud, orders[0], "a")
    cloud.settle()
    assert [(sent.endpoint, sent.body) for sent in cloud.outbox] == [(stream, "a")]


def test_messages_of_a_fifo_queue_wait_behind_one_that_failed(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html"""
    url, arn = create_queue(cloud, "orders.fifo", VisibilityTimeout="30", **FIFO)
    there, target = create_queue(cloud, "bills.fifo", **FIFO)
    group = {"SqsQueueParameters": {"MessageGroupId": "$.body.group"}}
    pipe(cloud, arn, target, template="<$.body.number>", TargetParameters=group)
    cloud.client("pipes").stop_pipe(Name="pipe")
    send(cloud, url, {"number": 1, "group": "g"}, {"number": 2, "group": ""}, MessageGroupId="any")
    send(cloud, url, {"number": 3, "group": "g"}, MessageGroupId="any")
    cloud.client("pipes").start_pipe(Name="pipe")
    cloud.advance(100)
    assert [message["Body"] for message in messages(cloud, there)] == ["1"]


def test_a_target_that_fails_sends_its_messages_back_until_they_are_dead_letters(cloud, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders")
    pipe(cloud, arn, NOBODY)
    send(cloud, url, "a")
    assert bodies(cloud, failed) == ["a"]
