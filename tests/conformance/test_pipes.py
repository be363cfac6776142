"""EventBridge Pipes from queues of SQS."""

from __future__ import annotations

import json

import pytest

from harness.cloud import Unsupported
from tests.conformance.lambda_helpers import (
    create_function,
    create_queue,
    create_queue_with_dead_letters,
    messages,
    refused,
    told,
)

pytestmark = pytest.mark.clouds("sim", reason="LocalStack has no Pipes")

ROLE = "arn:aws:iam::123456789012:role/pipe"
NOBODY = "arn:aws:sqs:us-east-1:123456789012:nobody"
FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
TELLS = "def handler(event, context): tell(event)"


@pytest.fixture
def pipes(cloud):
    return cloud.client("pipes")


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


def pipe(cloud, source, target, *, name="pipe", batch=None, window=None, filters=(), template=None, **how):
    """The ARN of a new pipe."""
    queue = {"BatchSize": batch, "MaximumBatchingWindowInSeconds": window}
    parameters = {"SqsQueueParameters": {key: value for key, value in queue.items() if value is not None}}
    if filters:
        parameters["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(each)} for each in filters]}
    targets = how.pop("TargetParameters", {}) | ({"InputTemplate": template} if template else {})
    return cloud.client("pipes").create_pipe(
        Name=name,
        RoleArn=ROLE,
        Source=source,
        Target=target,
        SourceParameters=parameters,
        TargetParameters=targets,
        **how,
    )["Arn"]


def send(cloud, url, *bodies, **how):
    for body in bodies:
        text = body if isinstance(body, str) else json.dumps(body)
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=text, **how)


def bodies(cloud, url):
    cloud.settle()
    return [message["Body"] for message in messages(cloud, url)]


def enrichment(cloud, source, **how):
    """Parameters that enrich by a function with this source."""
    return {"Enrichment": create_function(cloud, source, name="enrich", **how)}


# Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html


def test_a_message_goes_on_as_a_record_and_leaves_its_queue(cloud, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html"""
    pipe(cloud, orders[1], bills[1])
    send(cloud, orders[0], {"order": "o-1"})
    [body] = bodies(cloud, bills[0])
    record = json.loads(body)
    assert record["body"] == '{"order": "o-1"}'
    assert (record["eventSource"], record["eventSourceARN"]) == ("aws:sqs", orders[1])
    assert messages(cloud, orders[0]) == []


def test_a_batch_is_a_list_without_a_window_of_ten_at_most(cloud, orders, seen):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html"""
    pipe(cloud, orders[1], create_function(cloud, TELLS, seen=seen))
    send(cloud, orders[0], *(f"o-{number}" for number in range(25)))
    cloud.settle()
    batches = told(cloud, seen)
    assert all(isinstance(batch, list) and len(batch) <= 10 for batch in batches)
    assert sum(len(batch) for batch in batches) == 25


def test_a_batch_of_one_is_a_list_too(cloud, orders, seen):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html"""
    pipe(cloud, orders[1], create_function(cloud, TELLS, seen=seen), batch=1)
    send(cloud, orders[0], "a")
    cloud.settle()
    [[record]] = told(cloud, seen)
    assert record["body"] == "a"


def test_a_window_gathers_a_batch(cloud, orders, seen):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html"""
    pipe(cloud, orders[1], create_function(cloud, TELLS, seen=seen), batch=100, window=20)
    for number in range(15):
        send(cloud, orders[0], f"o-{number}")
        cloud.advance(1)
    cloud.settle()
    [batch] = told(cloud, seen)
    assert len(batch) == 15


def test_a_fifo_source_keeps_the_order_of_a_group(cloud, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html"""
    url, arn = create_queue(cloud, "orders.fifo", **FIFO)
    there, target = create_queue(cloud, "bills.fifo", **FIFO)
    pipe(
        cloud,
        arn,
        target,
        template="<$.body.number>",
        TargetParameters={"SqsQueueParameters": {"MessageGroupId": "$.body.customer"}},
    )
    for number in range(12):
        send(cloud, url, {"customer": "c-1", "number": number}, MessageGroupId="any")
    cloud.settle()
    found = messages(cloud, there, AttributeNames=["MessageGroupId"])
    assert [message["Body"] for message in found] == [str(number) for number in range(12)]
    assert {message["Attributes"]["MessageGroupId"] for message in found} == {"c-1"}


# Filters: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html


def test_what_no_filter_wants_is_deleted(cloud, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html"""
    pipe(
        cloud,
        orders[1],
        bills[1],
        filters=[{"body": {"total": [{"numeric": [">", 10]}]}}],
        template="<$.body>",
    )
    send(cloud, orders[0], {"total": 5}, {"total": 50}, "no JSON")
    assert bodies(cloud, bills[0]) == ['{"total":50}']
    assert messages(cloud, orders[0]) == []


def test_one_of_several_filters_is_enough(cloud, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html"""
    pipe(
        cloud, orders[1], bills[1], filters=[{"body": {"a": [1]}}, {"body": {"b": [1]}}], template="<$.body>"
    )
    send(cloud, orders[0], {"a": 1}, {"b": 1}, {"c": 1})
    assert sorted(bodies(cloud, bills[0])) == ['{"a":1}', '{"b":1}']


def test_a_filter_that_is_none_is_refused(cloud, pipes, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_CreatePipe.html"""
    criteria = {"FilterCriteria": {"Filters": [{"Pattern": '{"body": 1}'}]}}
    code, _ = refused(
        pipes.create_pipe,
        Name="p",
        RoleArn=ROLE,
        Source=orders[1],
        Target=bills[1],
        SourceParameters=criteria,
    )
    assert code == "ValidationException"


# Input: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Hello, sender", "Hello, sender"),
        ("<$.body.order>", "o-1"),
        ("Order <$.body.order>", "Order o-1"),
        ('{"id": "<$.body.order>", "lines": <$.body.lines>}', '{"id": "o-1", "lines": [1,2]}'),
        ('{"second": <$.body.lines[1]>}', '{"second": 2}'),
        ("<$.body>", '{"order":"o-1","lines":[1,2]}'),
        ("<aws.pipes.pipe-name>", "pipe"),
        ("<aws.pipes.source-arn>", "arn:aws:sqs:us-east-1:{account}:orders"),
        ("<aws.pipes.target-arn>", "arn:aws:sqs:us-east-1:{account}:bills"),
    ],
)
def test_a_template_is_filled_for_each_record(cloud, orders, bills, template, expected):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html"""
    pipe(cloud, orders[1], bills[1], template=template)
    send(cloud, orders[0], {"order": "o-1", "lines": [1, 2]})
    account = orders[1].split(":")[4]
    assert bodies(cloud, bills[0]) == [expected.replace("{account}", account)]


def test_the_whole_event_has_its_body_as_text_or_as_json(cloud, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html#input-transform-reserved"""
    both = '"text": <aws.pipes.event>, "json": <aws.pipes.event.json>'
    pipe(cloud, orders[1], bills[1], template=f'{{{both}, "at": "<aws.pipes.event.ingestion-time>"}}')
    send(cloud, orders[0], {"order": "o-1"})
    [body] = bodies(cloud, bills[0])
    found = json.loads(body)
    assert found["text"]["body"] == '{"order": "o-1"}'
    assert found["json"]["body"] == {"order": "o-1"}
    assert found["at"].endswith("Z")


def test_a_path_that_is_none_is_refused(cloud, pipes, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html"""
    code, _ = refused(
        pipes.create_pipe,
        Name="p",
        RoleArn=ROLE,
        Source=orders[1],
        Target=bills[1],
        TargetParameters={"InputTemplate": "<$.body[>"},
    )
    assert code == "ValidationException"


# Enrichment: https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html


def test_the_answer_of_the_enrichment_is_what_goes_on(cloud, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html"""
    source = "def handler(event, context): return [{'said': each['body']} for each in event]"
    pipe(cloud, orders[1], bills[1], **enrichment(cloud, source))
    send(cloud, orders[0], "a", "b")
    assert sorted(bodies(cloud, bills[0])) == ['{"said":"a"}', '{"said":"b"}']


def test_the_enrichment_has_an_input_of_its_own(cloud, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html"""
    pipe(
        cloud,
        orders[1],
        bills[1],
        EnrichmentParameters={"InputTemplate": '{"id": "<$.body.order>"}'},
        template="Bill <$.id>",
        **enrichment(cloud, "def handler(event, context): return event"),
    )
    send(cloud, orders[0], {"order": "o-1"})
    assert bodies(cloud, bills[0]) == ["Bill o-1"]


@pytest.mark.parametrize("answer", ["''", "{}", "[]"])
def test_an_empty_answer_is_a_filter(cloud, orders, bills, answer):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html#pipes-enrichment-filtering"""
    pipe(cloud, orders[1], bills[1], **enrichment(cloud, f"def handler(event, context): return {answer}"))
    send(cloud, orders[0], "a")
    assert bodies(cloud, bills[0]) == []
    assert messages(cloud, orders[0]) == []


def test_a_list_with_an_empty_object_invokes_the_target(cloud, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html#pipes-enrichment-filtering"""
    pipe(cloud, orders[1], bills[1], **enrichment(cloud, "def handler(event, context): return [{}]"))
    send(cloud, orders[0], "a")
    assert bodies(cloud, bills[0]) == ["{}"]


def test_an_answer_larger_than_the_targets_batches_invokes_nothing(cloud, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders")
    pipe(cloud, arn, bills[1], **enrichment(cloud, "def handler(event, context): return [1] * 11"))
    send(cloud, url, "a")
    assert bodies(cloud, bills[0]) == []
    assert bodies(cloud, failed) == ["a"]


def test_an_enrichment_that_fails_sends_the_batch_back(cloud, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders")
    pipe(cloud, arn, bills[1], **enrichment(cloud, "def handler(event, context): raise ValueError"))
    send(cloud, url, "a")
    assert bodies(cloud, bills[0]) == []
    assert bodies(cloud, failed) == ["a"]


# Targets: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html


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
    with pytest.raises(Unsupported, match="which enriches its messages; app"):
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


# The API: https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Operations.html


def test_a_pipe_that_is_stopped_takes_nothing_until_it_is_started(cloud, pipes, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_StartPipe.html"""
    pipe(cloud, orders[1], bills[1], DesiredState="STOPPED")
    send(cloud, orders[0], "a")
    assert bodies(cloud, bills[0]) == []
    assert pipes.start_pipe(Name="pipe")["CurrentState"] == "STARTING"
    assert len(bodies(cloud, bills[0])) == 1
    assert pipes.stop_pipe(Name="pipe")["CurrentState"] == "STOPPING"
    send(cloud, orders[0], "b")
    assert bodies(cloud, bills[0]) == []


def test_what_an_update_does_not_name_stays(cloud, pipes, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_UpdatePipe.html"""
    pipe(cloud, orders[1], bills[1], batch=3, Description="first")
    answer = pipes.update_pipe(Name="pipe", RoleArn=ROLE, TargetParameters={"InputTemplate": "new"})
    assert answer["CurrentState"] == "UPDATING"
    found = pipes.describe_pipe(Name="pipe")
    assert found["SourceParameters"]["SqsQueueParameters"]["BatchSize"] == 3
    assert (found["Description"], found["CurrentState"]) == ("first", "RUNNING")
    send(cloud, orders[0], "a")
    assert bodies(cloud, bills[0]) == ["new"]


def test_a_pipe_that_is_deleted_is_gone(cloud, pipes, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_DeletePipe.html"""
    pipe(cloud, orders[1], bills[1])
    assert pipes.delete_pipe(Name="pipe")["CurrentState"] == "DELETING"
    assert refused(pipes.describe_pipe, Name="pipe")[0] == "NotFoundException"
    send(cloud, orders[0], "a")
    assert bodies(cloud, bills[0]) == []


def test_pipes_are_listed_by_prefixes_and_in_pages(cloud, pipes, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_ListPipes.html"""
    for name in ("a-1", "a-2", "b-1"):
        pipe(cloud, orders[1], bills[1], name=name, DesiredState="STOPPED")
    first = pipes.list_pipes(NamePrefix="a", Limit=1)
    rest = pipes.list_pipes(NamePrefix="a", NextToken=first["NextToken"])
    assert [each["Name"] for each in first["Pipes"] + rest["Pipes"]] == ["a-1", "a-2"]
    assert pipes.list_pipes(SourcePrefix=bills[1])["Pipes"] == []


def test_the_name_of_a_pipe_is_taken_once(cloud, pipes, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_CreatePipe.html"""
    pipe(cloud, orders[1], bills[1])
    code, _ = refused(pipes.create_pipe, Name="pipe", RoleArn=ROLE, Source=orders[1], Target=bills[1])
    assert code == "ConflictException"


def test_tags_are_kept(cloud, pipes, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_TagResource.html"""
    arn = pipe(cloud, orders[1], bills[1], Tags={"team": "billing"})
    pipes.tag_resource(resourceArn=arn, tags={"stage": "test"})
    pipes.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert pipes.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "test"}


def test_a_batch_larger_than_the_target_takes_is_refused(cloud, pipes, orders, bills):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html"""
    queue = {"SqsQueueParameters": {"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1}}
    code, _ = refused(
        pipes.create_pipe,
        Name="p",
        RoleArn=ROLE,
        Source=orders[1],
        Target=bills[1],
        SourceParameters=queue,
    )
    assert code == "ValidationException"


@pytest.mark.parametrize(
    ("given", "told_so"),
    [
        ({"Source": "arn:aws:mq:us-east-1:123456789012:broker:b:b-1"}, "queues of SQS and streams"),
        ({"Target": "arn:aws:timestream:us-east-1:123456789012:database/d/table/t"}, "pipes have functions"),
        ({"Enrichment": "arn:aws:execute-api:us-east-1:123456789012:a/p/GET/"}, "enrich by functions and"),
    ],
)
def test_what_the_simulator_lacks_is_named(cloud, pipes, orders, bills, given, told_so):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html"""
    with pytest.raises(Unsupported, match=told_so):
        pipes.create_pipe(**{"Name": "p", "RoleArn": ROLE, "Source": orders[1], "Target": bills[1], **given})
