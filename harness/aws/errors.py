"""The errors of AWS's services, in their own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """An error in a service's own words."""

    code: str
    status: int = 400
    message: str = ""


@dataclass(frozen=True, slots=True)
class Errors:
    """The answers of a service to too many requests, during a failure, and to callers without the permission.

    The defaults are the "Common Errors" of most API references. A denial without a message is worded by
    whoever knows caller and operation.
    """

    throttled: Words = Words("ThrottlingException", 400, "Rate exceeded")
    failing: Words = Words(
        "InternalFailure",
        500,
        "The request processing has failed because of an unknown error, exception or failure.",
    )
    denied: Words = Words("AccessDeniedException", 400)


@dataclass(frozen=True, slots=True)
class Met:
    """The answer to a request while another one works on the same item, which no SDK repeats by itself.

    `places`: the path to the resource of each of a transaction's items; its answer has a reason for each, and
    `reason` is that of the item concerned.
    """

    words: Words
    places: str = ""
    reason: str = ""


USUAL_ERRORS = Errors()
"""The errors of services that state no others."""

QUERY_ERRORS = Errors(throttled=Words("Throttling", 400, "Rate exceeded"), denied=Words("AccessDenied", 403))
"""The errors of services with the query protocol."""


UNAVAILABLE = Words(
    "ServiceUnavailable", 503, "The request has failed due to a temporary failure of the server."
)
"""The answer of any service during an outage."""

COMMON: Mapping[str, int] = {
    "AccessDenied": 403,
    "AccessDeniedException": 400,
    "ExpiredTokenException": 403,
    "InternalError": 500,
    "InternalFailure": 500,
    "InvalidClientTokenId": 403,
    "RequestExpired": 400,
    "RequestTimeout": 400,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
    "Throttling": 400,
    "ThrottlingException": 400,
    "UnrecognizedClientException": 400,
    "ValidationError": 400,
}
"""Errors that any operation may answer with, with their status: "Common Errors" of the API references."""
