"""Event source mappings from streams."""

from __future__ import annotations

import json

import pytest

from tests.conformance.lambda_helpers import create_function, create_queue, messages, refused, told
from tests.conformance.stream_helpers import (
    TELLS_KEYS,
    create_table,
    failures,
    map_stream,
    put,
    records,
    shards,
)

knows_the_date = pytest.mark.clouds("sim", reason="the times told are those of the simulator's first minute")
FAILS_ON_BAD = f"""
{TELLS_KEYS}
    if any(record["dynamodb"]["Keys"]["id"]["S"] == "bad" for record in event["Records"]):
        raise ValueError("bad")
"""
REPORTS_BAD = f"""
{TELLS_KEYS}
    return {{"batchItemFailures": [
        {{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}}
        for record in event["Records"] if record["dynamodb"]["Keys"]["id"]["S"] == "bad"
    ]}}
"""


@pytest.fixture
def seen(cloud):
    """The queue that functions tell."""
    return create_queue(cloud, "seen")[0]


@pytest.fixture
def stream(cloud):
    """The stream of the table "items", which has one shard."""
    return create_table(cloud)[1]


def record_of_failure(cloud, url):
    (message,) = messages(cloud, url)
    return json.loads(message["Body"])


def test_the_function_gets_records_in_order(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""
    create_function(cloud, TELLS_KEYS, seen=seen)
    map_stream(cloud, stream)
    put(cloud, *"abcdefgh")
    cloud.settle()
    assert [key for batch in told(cloud, seen) for key in batch] == list("abcdefgh")


@knows_the_date
def test_a_record_is_shown_as_json(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""
    create_function(cloud, "def handler(event, context): tell(event['Records'][0])", seen=seen)
    map_stream(cloud, stream)
    put(cloud, "a", content={"B": b"foobar"})
    cloud.settle()
    (record,) = told(cloud, seen)
    number = records(cloud, stream)[0]["dynamodb"]["SequenceNumber"]
    assert record.pop("eventID")
    assert record.pop("dynamodb") == {
        "ApproximateCreationDateTime": 1767225600.0,
        "Keys": {"id": {"S": "a"}},
        "NewImage": {"id": {"S": "a"}, "content": {"B": "Zm9vYmFy"}},
        "SequenceNumber": number,
        "SizeBytes": 19,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": cloud.region,
        "eventSourceARN": stream,
    }


def test_the_trim_horizon_is_before_what_was_written_already_and_latest_behind_it(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html"""
    put(cloud, "early")
    create_function(cloud, TELLS_KEYS, seen=seen)
    create_function(cloud, TELLS_KEYS, seen=seen, name="other")
    map_stream(cloud, stream)
    map_stream(cloud, stream, function="other", StartingPosition="LATEST")
    put(cloud, "late")
    cloud.settle()
    keys = sorted(key for batch in told(cloud, seen) for key in batch)
    assert keys == ["early", "late", "late"]


def test_a_batch_is_no_larger_than_it_may_be_and_waits_for_its_window(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#services-dynamodb-batching"""
    create_function(cloud, TELLS_KEYS, seen=seen)
    map_stream(cloud, stream, BatchSize=3, MaximumBatchingWindowInSeconds=60)
    put(cloud, "a", "b")
    cloud.advance(30)
    assert told(cloud, seen) == []
    put(cloud, "c", "d")
    cloud.settle()
    assert told(cloud, seen) == [["a", "b", "c"], ["d"]]


def test_a_batch_that_fails_holds_up_those_behind_it(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""
    create_function(cloud, FAILS_ON_BAD, seen=seen)
    url, destination = failures(cloud)
    map_stream(cloud, stream, BatchSize=1, MaximumRetryAttempts=2, **destination)
    put(cloud, "a", "bad", "b")
    cloud.settle()
    assert told(cloud, seen) == [["a"], ["bad"], ["bad"], ["bad"], ["b"]]
    assert record_of_failure(cloud, url)["requestContext"]["approximateInvokeCount"] == 3


@knows_the_date
def test_the_failure_destination_is_told_of_the_batch_and_does_not_get_it(cloud, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html"""
    function = create_function(cloud, "def handler(event, context): raise ValueError()")
    url, destination = failures(cloud)
    map_stream(cloud, stream, MaximumRetryAttempts=0, MaximumBatchingWindowInSeconds=1, **destination)
    put(cloud, "a", "b")
    cloud.settle()
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records(cloud, stream)]
    told_of = record_of_failure(cloud, url)
    assert told_of["requestContext"].pop("requestId")
    assert told_of.pop("timestamp").startswith("2026-01-01T00:00:0")
    assert told_of == {
        "requestContext": {
            "functionArn": function,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 1,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "DDBStreamBatchInfo": {
            "shardId": shards(cloud, stream)[0]["ShardId"],
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[1],
            "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00Z",
            "approximateArrivalOfLastRecord": "2026-01-01T00:00:00Z",
            "batchSize": 2,
            "streamArn": stream,
        },
    }


@knows_the_date
def test_a_bucket_as_failure_destination_gets_the_batch_itself(cloud, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html"""
    buckets = cloud.client("s3")
    buckets.create_bucket(Bucket="failed-batches")
    create_function(cloud, "def handler(event, context): raise ValueError()")
    destination = {"OnFailure": {"Destination": "arn:aws:s3:::failed-batches"}}
    id_ = map_stream(cloud, stream, MaximumRetryAttempts=0, DestinationConfig=destination)
    put(cloud, "a")
    cloud.settle()
    (found,) = buckets.list_objects_v2(Bucket="failed-batches")["Contents"]
    shard = shards(cloud, stream)[0]["ShardId"]
    assert found["Key"].startswith(f"aws/lambda/{id_}/{shard}/2026/01/01/2026-01-01T00.00.0")
    body = json.loads(buckets.get_object(Bucket="failed-batches", Key=found["Key"])["Body"].read())
    (record,) = json.loads(body["payload"])["Records"]
    assert record["dynamodb"]["Keys"] == {"id": {"S": "a"}}


def test_bisecting_finds_the_record_that_fails(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html"""
    create_function(cloud, FAILS_ON_BAD, seen=seen)
    url, destination = failures(cloud)
    put(cloud, "a", "b", "c", "bad")
    bisecting = {"BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 1}
    map_stream(cloud, stream, **bisecting, **destination)
    cloud.settle()
    assert told(cloud, seen) == [
        ["a", "b", "c", "bad"],
        ["a", "b"],
        ["c", "bad"],
        ["c"],
        ["bad"],
        ["bad"],
    ]
    assert record_of_failure(cloud, url)["DDBStreamBatchInfo"]["batchSize"] == 1


def test_records_from_the_first_that_was_reported_on_are_a_batch_of_their_own(cloud, seen, stream):
    """Recorded on AWS, November 2025, and https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"""
    create_function(cloud, REPORTS_BAD, seen=seen)
    url, destination = failures(cloud)
    put(cloud, "a", "bad", "b")
    reporting = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 1}
    map_stream(cloud, stream, **reporting, **destination)
    cloud.settle()
    assert told(cloud, seen) == [["a", "bad", "b"], ["bad", "b"], ["bad", "b"]]
    told_of = record_of_failure(cloud, url)
    assert told_of["DDBStreamBatchInfo"]["batchSize"] == 2
    assert told_of["responseContext"]["functionError"] is None


def test_records_that_are_too_old_are_given_up_without_a_try(cloud, seen, stream):
    """Recorded on AWS, November 2025."""
    put(cloud, "old")
    cloud.advance(120)
    put(cloud, "young")
    create_function(cloud, TELLS_KEYS, seen=seen)
    url, destination = failures(cloud)
    map_stream(cloud, stream, MaximumRecordAgeInSeconds=60, **destination)
    cloud.settle()
    assert told(cloud, seen) == [["young"]]
    told_of = record_of_failure(cloud, url)
    assert told_of["requestContext"]["condition"] == "RecordAgeExceeded"
    assert "responseContext" not in told_of


def test_throttles_are_no_retries(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html"""
    create_function(cloud, TELLS_KEYS, seen=seen)
    functions = cloud.client("lambda")
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=0)
    map_stream(cloud, stream, MaximumRetryAttempts=0)
    put(cloud, "a")
    cloud.advance(300)
    functions.delete_function_concurrency(FunctionName="work")
    cloud.settle()
    assert told(cloud, seen) == [["a"]]


@pytest.mark.clouds("sim", reason="a day of retries, each of which takes real time on LocalStack")
def test_a_record_that_always_fails_holds_up_its_shard_until_it_expires(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""
    create_function(cloud, FAILS_ON_BAD, seen=seen)
    map_stream(cloud, stream, BatchSize=1)
    put(cloud, "bad")
    cloud.advance(86_000)
    put(cloud, "b")
    assert ["b"] not in told(cloud, seen)
    cloud.settle()
    assert told(cloud, seen)[-1] == ["b"]
    assert len(records(cloud, stream)) == 1


def test_what_filters_do_not_want_is_passed_over(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html"""
    create_function(cloud, TELLS_KEYS, seen=seen)
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"price": {"N": ["2"]}}}}
    criteria = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    map_stream(cloud, stream, FilterCriteria=criteria)
    put(cloud, "cheap", price={"N": "1"})
    put(cloud, "dear", price={"N": "2"})
    cloud.settle()
    assert told(cloud, seen) == [["dear"]]


def test_keys_keep_their_order_when_batches_of_a_shard_run_side_by_side(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""
    source = """
    def handler(event, context):
        time.sleep(1)
        images = [record["dynamodb"]["NewImage"] for record in event["Records"]]
        tell([[image["id"]["S"], image["n"]["N"], time.time()] for image in images])
    """
    create_function(cloud, source, seen=seen)
    map_stream(cloud, stream, BatchSize=1, ParallelizationFactor=4)
    for number in range(3):
        put(cloud, *"abcdefgh", n={"N": str(number)})
    cloud.settle()
    found = sorted((each for batch in told(cloud, seen) for each in batch), key=lambda each: each[2])
    assert len(found) == 24
    assert found[-1][2] - found[0][2] < 20
    for key in "abcdefgh":
        assert [number for each, number, _ in found if each == key] == ["0", "1", "2"]


def test_a_mapping_goes_on_where_it_was_stopped(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html"""
    create_function(cloud, TELLS_KEYS, seen=seen)
    id_ = map_stream(cloud, stream, StartingPosition="LATEST")
    functions = cloud.client("lambda")
    put(cloud, "a")
    cloud.settle()
    functions.update_event_source_mapping(UUID=id_, Enabled=False)
    put(cloud, "b")
    cloud.settle()
    assert told(cloud, seen) == [["a"]]
    functions.update_event_source_mapping(UUID=id_, Enabled=True)
    cloud.settle()
    assert [key for batch in told(cloud, seen) for key in batch][-1] == "b"


def test_a_shard_is_read_after_its_parent(cloud, seen, stream):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    put(cloud, "a")
    cloud.advance(5 * 3600)
    put(cloud, "b")
    create_function(cloud, TELLS_KEYS, seen=seen)
    map_stream(cloud, stream)
    cloud.settle()
    assert told(cloud, seen) == [["a"], ["b"]]


@knows_the_date
def test_a_tumbling_window_hands_its_state_on(cloud, seen, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html"""
    source = """
    def handler(event, context):
        state = event["state"]
        count = state.get("count", 0) + len(event["Records"])
        if event["isFinalInvokeForWindow"]:
            tell([event["window"], count, len(event["Records"])])
        return {"state": {"count": count}}
    """
    create_function(cloud, source, seen=seen)
    map_stream(cloud, stream, TumblingWindowInSeconds=60, BatchSize=2)
    put(cloud, *"abc")
    cloud.advance(70)
    put(cloud, *"de")
    cloud.settle()
    windows = [
        {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"},
        {"start": "2026-01-01T00:01:00Z", "end": "2026-01-01T00:02:00Z"},
    ]
    assert told(cloud, seen) == [[windows[0], 3, 0], [windows[1], 2, 0]]


def test_an_answer_without_a_state_is_a_failure_of_a_tumbling_window(cloud, stream):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html"""
    create_function(cloud, "def handler(event, context): return {}")
    url, destination = failures(cloud)
    map_stream(cloud, stream, TumblingWindowInSeconds=60, MaximumRetryAttempts=1, **destination)
    put(cloud, "a")
    cloud.settle()
    assert record_of_failure(cloud, url)["requestContext"]["approximateInvokeCount"] == 2


def test_a_mapping_shows_the_settings_of_its_stream(cloud, stream):
    """Recorded on AWS, November 2025."""
    function = create_function(cloud, "def handler(event, context): pass")
    functions = cloud.client("lambda")
    made = functions.create_event_source_mapping(
        FunctionName="work", EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
    )
    shown = {name: value for name, value in made.items() if name not in ("LastModified", "ResponseMetadata")}
    assert shown == {
        "UUID": made["UUID"],
        "EventSourceMappingArn": made["EventSourceMappingArn"],
        "EventSourceArn": stream,
        "FunctionArn": function,
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "StartingPosition": "TRIM_HORIZON",
        "ParallelizationFactor": 1,
        "TumblingWindowInSeconds": 0,
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "DestinationConfig": {"OnFailure": {}},
        "FunctionResponseTypes": [],
        "LastProcessingResult": "No records processed",
        "State": "Creating",
        "StateTransitionReason": "User action",
    }


def test_a_stream_has_one_mapping_to_a_function(cloud, stream):
    """Recorded on AWS, November 2025."""
    create_function(cloud, "def handler(event, context): pass")
    id_ = map_stream(cloud, stream)
    call = cloud.client("lambda").create_event_source_mapping
    where = {"FunctionName": "work", "StartingPosition": "LATEST"}
    assert refused(call, EventSourceArn=stream, **where) == (
        "ResourceConflictException",
        f'The event source arn (" {stream} ") and function (" work ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {id_}",
    )
    absent = stream.replace("items", "absent")
    assert refused(call, EventSourceArn=absent, **where) == (
        "InvalidParameterValueException",
        f"Stream not found: {absent}",
    )
