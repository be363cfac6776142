"""The records and dead letters that Lambda and SNS send on about what failed, or about what succeeded.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..parcels import Text

ATTEMPTS_MAX = 3
"""AWS doesn't say how often it tries to reach a dead-letter queue or a destination."""
DELAY_SECONDS = 1.0
ERROR_MESSAGE_CHARACTERS_MAX = 1024
ATTRIBUTES_MAX = 10
"""A message in a queue has no more than that; those of the original give way to those of its failure."""


@dataclass(frozen=True, slots=True)
class Report:
    """The end of an asynchronous event.

    `error` is the payload of the last error; `answered`: the function was reached by the last attempt.
    """

    request_id: str
    function_arn: str
    condition: str
    attempts: int
    payload: Any
    version: str
    answered: bool
    response: Any = None
    error: Mapping[str, Any] | None = None
    status: int = 200


def record(report: Report, at: float) -> dict[str, Any]:
    """The record that a destination gets. `at`: epoch seconds."""
    told: dict[str, Any] = {
        "version": "1.0",
        "timestamp": timestamp(at),
        "requestContext": {
            "requestId": report.request_id,
            "functionArn": report.function_arn,
            "condition": report.condition,
            "approximateInvokeCount": report.attempts,
        },
        "requestPayload": report.payload,
    }
    if report.answered:
        context: dict[str, Any] = {"statusCode": report.status, "executedVersion": report.version}
        if report.error is not None:
            context["functionError"] = "Unhandled"
        told["responseContext"] = context
        told["responsePayload"] = report.response if report.error is None else dict(report.error)
    return told


def record_text(report: Report, at: float, trace: str = "") -> Text:
    """The record as a text; on a bus it becomes an event of Lambda's."""
    result = "Success" if report.condition == "Success" else "Failure"
    return Text(
        text=json.dumps(record(report, at)),
        trace=trace,
        source="lambda",
        detail_type=f"Lambda Function Invocation Result - {result}",
    )


def timestamp(at: float) -> str:
    """A moment as records write it.

    >>> timestamp(0.25)
    '1970-01-01T00:00:00.250Z'
    """
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def object_key(function: str, at: float, unique: str) -> str:
    """The key of a record about an event of this function, in a bucket."""
    return dated_key(f"async/{function}", at, unique)


def dated_key(folder: str, at: float, unique: str) -> str:
    """The key of a record in a bucket, in a folder of Lambda's. `at`: epoch seconds.

    >>> dated_key("async/bill", 0.25, "c1")
    'aws/lambda/async/bill/1970/01/01/1970-01-01T00.00.00-c1'
    """
    moment = datetime.fromtimestamp(at, UTC)
    return f"aws/lambda/{folder}/{moment:%Y/%m/%d}/{moment:%Y-%m-%dT%H.%M.%S}-{unique}"


def attributes_of_event(report: Report) -> dict[str, Any]:
    """The message attributes with which an event goes into a function's dead-letter queue."""
    message = str((report.error or {}).get("errorMessage") or report.condition)
    return {
        "RequestID": {"DataType": "String", "StringValue": report.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": str(report.status)},
        "ErrorMessage": {"DataType": "String", "StringValue": message[:ERROR_MESSAGE_CHARACTERS_MAX]},
    }


def attributes_of_notification(own: Mapping[str, Any]) -> dict[str, Any]:
    """The message attributes with which a notification goes into its subscription's dead-letter queue: its
    own, as many as a queue takes. They don't say why it is there: recorded on AWS, August 2023."""
    return dict(list(own.items())[:ATTRIBUTES_MAX])
