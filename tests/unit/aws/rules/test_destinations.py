"""Records for destinations, and the attributes of dead letters."""

from __future__ import annotations

from harness.aws.rules.destinations import (
    Report,
    attributes_of_event,
    attributes_of_notification,
    record,
)

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:work:$LATEST"
ERROR = {"errorType": "ValueError", "errorMessage": "no"}


def report(**changes):
    told = {"request_id": "r-1", "function_arn": ARN, "condition": "Success", "attempts": 1}
    told |= {"payload": {"order": 1}, "version": "$LATEST", "answered": True, "response": "done"}
    return Report(**{**told, **changes})


def test_a_record_of_a_success_holds_the_event_and_the_answer():
    assert record(report(), 1.5) == {
        "version": "1.0",
        "timestamp": "1970-01-01T00:00:01.500Z",
        "requestContext": {
            "requestId": "r-1",
            "functionArn": ARN,
            "condition": "Success",
            "approximateInvokeCount": 1,
        },
        "requestPayload": {"order": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": "done",
    }


def test_a_record_of_a_failure_holds_the_error():
    told = record(report(condition="RetriesExhausted", attempts=3, error=ERROR), 0.0)
    assert told["responseContext"]["functionError"] == "Unhandled"
    assert told["responsePayload"] == ERROR


def test_a_record_about_a_function_that_was_not_reached_holds_no_answer():
    told = record(report(condition="EventAgeExceeded", answered=False), 0.0)
    assert "responseContext" not in told
    assert "responsePayload" not in told


def test_an_event_in_a_dead_letter_queue_says_why_it_is_there():
    assert attributes_of_event(report(error=ERROR)) == {
        "RequestID": {"DataType": "String", "StringValue": "r-1"},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "no"},
    }
    long = attributes_of_event(report(error={"errorMessage": "x" * 2000}))
    assert len(long["ErrorMessage"]["StringValue"]) == 1024


def test_a_notification_takes_as_many_attributes_into_a_dead_letter_queue_as_that_holds():
    own = {f"a{n}": {"DataType": "String", "StringValue": "1"} for n in range(11)}
    assert list(attributes_of_notification(own)) == [f"a{n}" for n in range(10)]
