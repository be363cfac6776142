"""The rules of batches from streams."""

from base64 import b64encode

from harness.aws.rules.batches import failed_from
from harness.aws.rules.filter_criteria import read_filter
from harness.aws.rules.stream_batches import BatchLimits, TumblingWindow, flat, lane_of, object_key, wanted


def kinesis(data, key="k"):
    inner = {"partitionKey": key, "sequenceNumber": "1", "data": b64encode(data).decode()}
    return {"kinesis": inner, "eventSource": "aws:kinesis", "eventName": "aws:kinesis:record"}


def test_all_records_behind_the_first_that_failed_count_as_failed():
    ids = ("1", "2", "3", "4")
    answer = {"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]}
    assert failed_from(answer, ids) == {"2", "3", "4"}
    assert failed_from({}, ids) == frozenset()
    assert failed_from({"batchItemFailures": [{"itemIdentifier": ""}]}, ids) == set(ids)


def test_without_limits_nothing_is_ever_exhausted_or_too_old():
    limits = BatchLimits()
    assert not limits.exhausted(10_000)
    assert limits.too_old([1e9]) == 0


def test_retries_come_after_the_first_try():
    limits = BatchLimits(retries_max=1)
    assert [limits.exhausted(failures) for failures in (0, 1, 2)] == [False, False, True]


def test_records_at_the_beginning_of_a_batch_are_too_old():
    limits = BatchLimits(age_seconds_max=60)
    assert limits.too_old([90, 61, 60, 1]) == 2
    assert limits.too_old([90, 61]) == 2
    assert limits.too_old([]) == 0


def test_a_key_is_always_in_the_same_lane():
    lanes = {key: lane_of(key, 4) for key in map(str, range(50))}
    assert lanes == {key: lane_of(key, 4) for key in lanes}
    assert set(lanes.values()) == {0, 1, 2, 3}
    assert {lane_of(key, 1) for key in lanes} == {0}


def test_a_window_is_shown_in_whole_seconds():
    shown = TumblingWindow.around(1767225605.5, 10).shown()
    assert shown == {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:10Z"}


def test_filters_look_into_the_decoded_data_of_kinesis():
    pages = [read_filter('{"data": {"page": ["home"]}}', data="data")]
    assert wanted(pages, kinesis(b'{"page": "home"}'))
    assert not wanted(pages, kinesis(b'{"page": "help"}'))
    assert not wanted(pages, kinesis(b"\xff\xfe"))
    assert wanted([read_filter('{"partitionKey": ["k"]}', data="data")], kinesis(b"no json"))
    assert wanted([], kinesis(b""))


def test_filters_look_into_the_typed_values_of_dynamodb():
    filters = [read_filter('{"dynamodb": {"Keys": {"id": {"S": [{"prefix": "o-"}]}}}}', data="dynamodb")]
    assert wanted(filters, {"eventName": "INSERT", "dynamodb": {"Keys": {"id": {"S": "o-1"}}}})
    assert not wanted(filters, {"eventName": "INSERT", "dynamodb": {"Keys": {"id": {"S": "p-1"}}}})


def test_pipes_show_records_of_kinesis_flat():
    assert flat(kinesis(b"a", "k")) == {
        "partitionKey": "k",
        "sequenceNumber": "1",
        "data": "YQ==",
        "eventSource": "aws:kinesis",
        "eventName": "aws:kinesis:record",
    }


def test_the_key_of_a_failure_record_has_mapping_shard_and_day():
    key = object_key("uuid", "shardId-1", 1767225600.0, "unique")
    assert key == "aws/lambda/uuid/shardId-1/2026/01/01/2026-01-01T00.00.00-unique"
