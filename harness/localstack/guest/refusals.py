"""Refusals of SQS that LocalStack lacks."""

from __future__ import annotations

from typing import Any

from . import queues

VISIBILITY_SECONDS_MAX = 43_200
DELAY_SECONDS_MAX = 900


def check_visibility(seconds: int | None) -> None:
    """A visibility timeout is between 0 and 12 hours. Raises LocalStack's exception for a bad value."""
    if seconds is not None and not 0 <= seconds <= VISIBILITY_SECONDS_MAX:
        raise _bad_value(seconds, "VisibilityTimeout", f"Must be >= 0 and <= {VISIBILITY_SECONDS_MAX}.")


def check_delay(seconds: int | None) -> None:
    """A message timer is between 0 and 15 minutes."""
    if seconds is not None and not 0 <= seconds <= DELAY_SECONDS_MAX:
        raise _bad_value(seconds, "DelaySeconds", f"DelaySeconds must be >= 0 and <= {DELAY_SECONDS_MAX}.")


def check_change(queue: Any, handle: str, seconds: int, now: float) -> None:
    """The visibility of a message in flight can be changed, to 12 hours after its receive at most.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    """
    check_visibility(seconds)
    message = queue.receipts.get(handle)
    if message is None:
        return  # LocalStack refuses it
    if message not in queue.inflight or not queues.is_good(message, handle):
        if hasattr(queue, "message_groups"):
            raise expired(handle)
        return  # nothing changes
    if now + seconds - message.last_received > VISIBILITY_SECONDS_MAX:
        told = "Total VisibilityTimeout for the message is beyond the limit"
        raise _bad_value(seconds, "VisibilityTimeout", f"{told} [{VISIBILITY_SECONDS_MAX} seconds]")


def expired(handle: str) -> Exception:
    """For a receipt handle of a FIFO queue that is no longer good."""
    return _bad_value(handle, "ReceiptHandle", "The receipt handle has expired.")


def _bad_value(value: Any, name: str, reason: str) -> Exception:
    from localstack.services.sqs.exceptions import InvalidParameterValueException

    told = f"Value {value} for parameter {name} is invalid. Reason: {reason}"
    problem: Exception = InvalidParameterValueException(told)
    return problem
