"""The errors of SQS in AWS's words; each has a name in the JSON protocol and a code in the query protocol.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from typing import Any

from harness.sim.services.service import ServiceError

NOT_FOR_THIS_TYPE = "The request include parameter that is not valid for this queue type."


def invalid(message: str) -> ServiceError:
    """The error for a parameter whose value AWS does not take."""
    return ServiceError("InvalidParameterValueException", message, query_code="InvalidParameterValue")


def invalid_value(value: Any, name: str, reason: str) -> ServiceError:
    """The same, in the words that AWS uses most."""
    return invalid(f"Value {value} for parameter {name} is invalid. Reason: {reason}")


def absent(name: str) -> ServiceError:
    """A parameter is needed and isn't there."""
    return ServiceError(
        "MissingRequiredParameterException",
        f"The request must contain the parameter {name}.",
        query_code="MissingParameter",
    )


def missing() -> ServiceError:
    """The error about a queue that isn't there; the query protocol has its own words for it."""
    return ServiceError("QueueDoesNotExist", "The specified queue does not exist.")


def not_found(message: str) -> ServiceError:
    """A queue or task of a move is not there."""
    return ServiceError("ResourceNotFoundException", message, 404)


def unknown_attribute(name: str) -> ServiceError:
    """A queue has no such attribute."""
    return ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")


def invalid_attribute(name: str, reason: str = "") -> ServiceError:
    """An attribute of a queue can't have this value."""
    told = f" Reason: {reason}" if reason else ""
    return ServiceError("InvalidAttributeValue", f"Invalid value for the parameter {name}.{told}")


def not_of_this_queue(handle: str) -> ServiceError:
    """It is a receipt handle of another queue."""
    return ServiceError(
        "ReceiptHandleIsInvalid", f'The receipt handle "{handle}" is not valid for this queue.', 404
    )


def not_a_handle(handle: str) -> ServiceError:
    """It never was a receipt handle."""
    return ServiceError(
        "ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.', 404
    )
