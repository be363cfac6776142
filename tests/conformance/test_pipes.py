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
from tests.conformance.pipes_helpers import FIFO, ROLE, TELLS, bodies, enrichment, pipe, send

pytestmark = pytest.mark.clouds("sim", reason="LocalStack has no Pipes")


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
        ({"Enrichment": "arn:aws:sqs:us-east-1:123456789012:q"}, "enriched by functions"),
    ],
)
def test_what_the_simulator_lacks_is_named(cloud, pipes, orders, bills, given, told_so):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html"""
    with pytest.raises(Unsupported, match=told_so):
        pipes.create_pipe(**{"Name": "p", "RoleArn": ROLE, "Source": orders[1], "Target": bills[1], **given})
