"""The errors that a state ends with, by AWS's names.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Iterable

ALL = "States.ALL"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"
EXCEED_TOLERATED_FAILURE_THRESHOLD = "States.ExceedToleratedFailureThreshold"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
HTTP_SOCKET = "States.Http.Socket"
INTRINSIC_FAILURE = "States.IntrinsicFailure"
ITEM_READER_FAILED = "States.ItemReaderFailed"
NO_CHOICE_MATCHED = "States.NoChoiceMatched"
QUERY_EVALUATION = "States.QueryEvaluationError"
RESULT_PATH_MATCH_FAILURE = "States.ResultPathMatchFailure"
RESULT_WRITER_FAILED = "States.ResultWriterFailed"
RUNTIME = "States.Runtime"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"


class StateError(Exception):
    """A state failed. `cause` lacks the beginning with the state's name; `location` is the field."""

    def __init__(self, error: str, cause: str, location: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause
        self.location = location


def matches(error_equals: Iterable[str], error: str) -> bool:
    """Does a retrier or catcher that names these errors take this one?"""
    return any(_takes(name, error) for name in error_equals)


def _takes(name: str, error: str) -> bool:
    if error == RUNTIME:
        return False  # always ends the execution, even where it is named
    if name == error:
        return True
    if name == TIMEOUT:
        return error == HEARTBEAT_TIMEOUT
    if error == DATA_LIMIT_EXCEEDED:
        return False
    return name == ALL or (name == TASK_FAILED and error not in (TIMEOUT, HEARTBEAT_TIMEOUT))
