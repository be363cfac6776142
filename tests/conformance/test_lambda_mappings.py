"""Event source mappings from SQS queues."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.conformance.lambda_helpers import (
    create_function,
    create_queue,
    create_queue_with_dead_letters,
    invoke,
    map_queue,
    messages,
    told,
)

TELLS_BODIES = "def handler(event, context): tell([record['body'] for record in event['Records']])"


@pytest.fixture
def seen(cloud):
    """The queue that functions tell."""
    return create_queue(cloud, "seen")[0]


def send(cloud, url, *bodies):
    sqs = cloud.client("sqs")
    for start in range(0, len(bodies), 10):
        entries = [
            {"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies[start : start + 10])
        ]
        assert not sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")


def flat(lists):
    return sorted(item for each in lists for item in each)


def test_the_function_gets_every_message_and_they_are_deleted(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    url, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES, seen=seen)
    map_queue(cloud, arn)
    send(cloud, url, *(f"o-{number:02}" for number in range(25)))
    cloud.settle()
    batches = told(cloud, seen)
    assert flat(batches) == [f"o-{number:02}" for number in range(25)]
    assert all(len(batch) <= 10 for batch in batches)
    assert messages(cloud, url) == []


def test_a_record_holds_the_message_as_documented(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event"""
    url, arn = create_queue(cloud, "orders")
    create_function(cloud, "def handler(event, context): tell(event['Records'][0])", seen=seen)
    map_queue(cloud, arn)
    sent = cloud.client("sqs").send_message(
        QueueUrl=url,
        MessageBody="hello",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "greeting"}},
    )
    cloud.settle()
    (record,) = told(cloud, seen)
    assert record["messageId"] == sent["MessageId"]
    assert record["body"] == "hello"
    assert record["md5OfBody"] == sent["MD5OfMessageBody"]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == arn
    assert record["awsRegion"] == arn.split(":")[3]
    assert record["receiptHandle"]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert set(record["attributes"]) >= {
        "SentTimestamp",
        "SenderId",
        "ApproximateFirstReceiveTimestamp",
    }
    assert record["messageAttributes"]["kind"] == {
        "stringValue": "greeting",
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "String",
    }
    assert record["md5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]


@pytest.mark.parametrize(
    ("settings", "digest"), [({}, "absent"), ({"MaximumBatchingWindowInSeconds": 1}, None)]
)
def test_a_mapping_with_a_window_says_that_there_is_no_digest_of_attributes(cloud, seen, settings, digest):
    """Recorded on AWS, November 2025."""
    url, arn = create_queue(cloud, "orders")
    create_function(cloud, "def handler(event, context): tell(event['Records'][0])", seen=seen)
    map_queue(cloud, arn, **settings)
    send(cloud, url, "hello")
    cloud.settle()
    (record,) = told(cloud, seen)
    assert record["messageAttributes"] == {}
    assert record.get("md5OfMessageAttributes", "absent") == digest


def test_a_batch_holds_at_most_the_batch_size(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    url, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES, seen=seen)
    map_queue(cloud, arn, BatchSize=2)
    send(cloud, url, *"abcde")
    cloud.settle()
    batches = told(cloud, seen)
    assert flat(batches) == list("abcde")
    assert all(len(batch) <= 2 for batch in batches)


def test_an_unfilled_batch_waits_for_the_window(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    url, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES, seen=seen)
    map_queue(cloud, arn, BatchSize=10, MaximumBatchingWindowInSeconds=20)
    send(cloud, url, "a")
    cloud.advance(5)
    send(cloud, url, "b")
    cloud.advance(10)
    assert told(cloud, seen) == []
    cloud.settle()
    assert [sorted(batch) for batch in told(cloud, seen)] == [["a", "b"]]


def test_a_full_batch_does_not_wait_for_the_window(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    url, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES, seen=seen)
    map_queue(cloud, arn, BatchSize=2, MaximumBatchingWindowInSeconds=60)
    send(cloud, url, "a", "b")
    cloud.advance(10)
    assert [sorted(batch) for batch in told(cloud, seen)] == [["a", "b"]]


def test_with_a_window_a_batch_can_be_larger_than_ten(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    url, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES, seen=seen)
    map_queue(cloud, arn, BatchSize=25, MaximumBatchingWindowInSeconds=5)
    send(cloud, url, *(f"o-{number:02}" for number in range(25)))
    cloud.settle()
    batches = told(cloud, seen)
    assert len(flat(batches)) == 25
    assert max(len(batch) for batch in batches) > 10


def test_a_function_error_returns_the_batch_after_the_visibility_timeout_and_then_dead_letters_it(
    cloud, seen
):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders", receives=2, VisibilityTimeout="60")
    create_function(
        cloud, "def handler(event, context): tell(time.time()); raise ValueError('no')", seen=seen
    )
    map_queue(cloud, arn)
    send(cloud, url, "a")
    cloud.settle()
    first, second = sorted(told(cloud, seen))
    assert second - first == pytest.approx(60, abs=5)
    assert [message["Body"] for message in messages(cloud, failed)] == ["a"]
    assert messages(cloud, url) == []


def test_a_batch_is_acknowledged_as_a_whole(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders", receives=1)
    create_function(
        cloud,
        """
        def handler(event, context):
            for record in event["Records"]:
                if record["body"] == "bad": raise ValueError("bad")
        """,
        seen=seen,
    )
    map_queue(cloud, arn, BatchSize=3, MaximumBatchingWindowInSeconds=5)
    send(cloud, url, "good", "bad", "fine")
    cloud.settle()
    assert sorted(message["Body"] for message in messages(cloud, failed)) == ["bad", "fine", "good"]


def test_with_batch_item_failures_only_the_listed_messages_return(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders", receives=2)
    create_function(
        cloud,
        """
        def handler(event, context):
            tell([record["body"] for record in event["Records"]])
            return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}
                                          for record in event["Records"] if record["body"] == "bad"]}
        """,
        seen=seen,
    )
    map_queue(cloud, arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    send(cloud, url, "good", "bad", "fine")
    cloud.settle()
    assert flat(told(cloud, seen)) == ["bad", "bad", "fine", "good"]
    assert [message["Body"] for message in messages(cloud, failed)] == ["bad"]


@pytest.mark.parametrize(
    "answer",
    [
        '{"batchItemFailures": [{"itemIdentifier": ""}]}',
        '{"batchItemFailures": [{"itemIdentifier": None}]}',
        '{"batchItemFailures": [{"itemId": event["Records"][0]["messageId"]}]}',
        '{"batchItemFailures": [{"itemIdentifier": "not-in-the-batch"}]}',
        '{"batchItemFailures": "nothing like it"}',
    ],
)
def test_an_invalid_list_of_failures_fails_the_whole_batch(cloud, answer):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders", receives=1)
    create_function(cloud, f"def handler(event, context): return {answer}")
    map_queue(cloud, arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    send(cloud, url, "a", "b")
    cloud.settle()
    assert len(messages(cloud, failed)) == 2


@pytest.mark.parametrize("answer", ["None", "{}", '{"batchItemFailures": []}', '{"batchItemFailures": None}'])
def test_an_empty_list_of_failures_means_success(cloud, answer):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders", receives=1)
    create_function(cloud, f"def handler(event, context): return {answer}")
    map_queue(cloud, arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    send(cloud, url, "a", "b")
    cloud.settle()
    assert messages(cloud, failed) == messages(cloud, url) == []


def test_without_the_setting_a_list_of_failures_means_nothing(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders", receives=1)
    create_function(
        cloud,
        """
        def handler(event, context):
            return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
        """,
    )
    map_queue(cloud, arn)
    send(cloud, url, "a")
    cloud.settle()
    assert messages(cloud, failed) == messages(cloud, url) == []


def test_a_filtered_message_is_deleted_without_an_invocation(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html"""
    url, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES, seen=seen)
    pattern = {"body": {"kind": ["order"], "total": [{"numeric": [">", 10]}]}}
    map_queue(cloud, arn, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    wanted = '{"kind": "order", "total": 11}'
    send(cloud, url, wanted, '{"kind": "order", "total": 10}', '{"kind": "gift", "total": 11}', "plain")
    cloud.settle()
    assert flat(told(cloud, seen)) == [wanted]
    assert messages(cloud, url) == []


@pytest.mark.parametrize("pattern", ["null", "simple string", '{"eventSource": "aws:sqs"}', '{"a": []}'])
def test_a_filter_must_be_a_pattern(cloud, pattern):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html"""
    _, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES)
    with pytest.raises(ClientError) as caught:
        map_queue(cloud, arn, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_maximum_concurrency_caps_how_many_batches_run_at_once(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
    url, arn = create_queue(cloud, "orders", VisibilityTimeout="300")
    create_function(
        cloud,
        """
        def handler(event, context):
            began = time.time()
            time.sleep(10)
            tell([began, time.time()])
        """,
        seen=seen,
        Timeout=60,
    )
    map_queue(cloud, arn, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    send(cloud, url, *"abcdef")
    cloud.settle()
    runs = told(cloud, seen)
    assert len(runs) == 6
    assert most_at_once(runs) == 2


def test_without_a_cap_batches_run_side_by_side(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
    url, arn = create_queue(cloud, "orders", VisibilityTimeout="300")
    create_function(
        cloud,
        """
        def handler(event, context):
            began = time.time()
            time.sleep(10)
            tell([began, time.time()])
        """,
        seen=seen,
        Timeout=60,
    )
    map_queue(cloud, arn, BatchSize=1)
    send(cloud, url, *"abcdef")
    cloud.settle()
    runs = told(cloud, seen)
    assert len(runs) == 6
    assert most_at_once(runs) >= 4


def most_at_once(runs):
    return max(sum(began <= moment < ended for began, ended in runs) for moment, _ in runs)


def test_a_disabled_mapping_leaves_messages_alone_until_it_is_enabled(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html"""
    url, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES, seen=seen)
    uuid = map_queue(cloud, arn, Enabled=False)
    send(cloud, url, "a")
    cloud.settle()
    assert told(cloud, seen) == []
    functions = cloud.client("lambda")
    assert functions.get_event_source_mapping(UUID=uuid)["State"] == "Disabled"
    functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    cloud.settle()
    assert functions.get_event_source_mapping(UUID=uuid)["State"] == "Enabled"
    assert told(cloud, seen) == [["a"]]
    functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    cloud.settle()
    send(cloud, url, "b")
    cloud.settle()
    assert told(cloud, seen) == []
    assert [message["Body"] for message in messages(cloud, url)] == ["b"]


def test_a_deleted_mapping_is_gone(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html"""
    url, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES, seen=seen)
    uuid = map_queue(cloud, arn)
    functions = cloud.client("lambda")
    assert functions.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    cloud.settle()
    send(cloud, url, "a")
    cloud.settle()
    assert told(cloud, seen) == []
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_event_source_mapping(UUID=uuid)


def test_messages_that_were_throttled_are_tried_again(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-backoff-strategy"""
    url, arn = create_queue(cloud, "orders", VisibilityTimeout="120")
    create_function(
        cloud,
        """
        def handler(event, context):
            time.sleep(10)
            tell([record["body"] for record in event["Records"]])
        """,
        seen=seen,
        Timeout=20,
    )
    cloud.client("lambda").put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=1)
    map_queue(cloud, arn, BatchSize=1)
    send(cloud, url, *"abcd")
    cloud.settle()
    assert flat(told(cloud, seen)) == list("abcd")


def test_a_throttled_batch_returns_to_the_queue_and_its_receive_counts(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-backoff-strategy"""
    url, arn, failed = create_queue_with_dead_letters(cloud, "orders", receives=2)
    create_function(cloud, TELLS_BODIES, seen=seen)
    cloud.client("lambda").put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=0)
    map_queue(cloud, arn)
    send(cloud, url, "a")
    cloud.settle()
    assert told(cloud, seen) == []
    assert [message["Body"] for message in messages(cloud, failed)] == ["a"]


def test_a_mapping_can_point_to_an_alias(cloud, seen):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""
    url, arn = create_queue(cloud, "orders")
    function = create_function(
        cloud, "def handler(event, context): tell(context.invoked_function_arn)", seen=seen
    )
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName="work")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    map_queue(cloud, arn, name="work:live")
    send(cloud, url, "a")
    cloud.settle()
    assert told(cloud, seen) == [f"{function}:live"]
    assert "FunctionError" not in invoke(cloud, {"Records": []})[1]


@pytest.mark.parametrize(
    ("fifo", "settings"),
    [
        (False, {"BatchSize": 11}),
        (True, {"BatchSize": 11}),
        (True, {"MaximumBatchingWindowInSeconds": 1}),
        (False, {"StartingPosition": "LATEST"}),
    ],
)
def test_settings_that_do_not_go_together_are_refused(cloud, fifo, settings):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html"""
    _, arn = create_queue(cloud, "q.fifo", FifoQueue="true") if fifo else create_queue(cloud, "q")
    create_function(cloud, TELLS_BODIES)
    with pytest.raises(ClientError) as caught:
        map_queue(cloud, arn, **settings)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_the_visibility_timeout_must_cover_the_functions_timeout(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig"""
    _, arn = create_queue(cloud, "orders", VisibilityTimeout="10")
    create_function(cloud, TELLS_BODIES, Timeout=11)
    with pytest.raises(ClientError) as caught:
        map_queue(cloud, arn)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert "less than Function timeout" in caught.value.response["Error"]["Message"]


def test_a_queue_that_does_not_exist_is_refused(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""
    _, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES)
    with pytest.raises(ClientError) as caught:
        map_queue(cloud, f"{arn}-other")
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_the_same_mapping_twice_is_a_conflict(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""
    _, arn = create_queue(cloud, "orders")
    create_function(cloud, TELLS_BODIES)
    map_queue(cloud, arn)
    with pytest.raises(ClientError) as caught:
        map_queue(cloud, arn)
    assert caught.value.response["Error"]["Code"] == "ResourceConflictException"


def test_defaults_come_back_and_mappings_are_listed(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html"""
    _, arn = create_queue(cloud, "orders")
    function = create_function(cloud, TELLS_BODIES)
    uuid = map_queue(cloud, arn)
    functions = cloud.client("lambda")
    cloud.settle()
    (found,) = functions.list_event_source_mappings(FunctionName="work")["EventSourceMappings"]
    assert (found["UUID"], found["FunctionArn"], found["EventSourceArn"]) == (uuid, function, arn)
    assert (found["BatchSize"], found["MaximumBatchingWindowInSeconds"]) == (10, 0)
    assert found["State"] == "Enabled"
    assert functions.list_event_source_mappings(EventSourceArn=f"{arn}-other")["EventSourceMappings"] == []
