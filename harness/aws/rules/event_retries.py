"""EventBridge's retries of deliveries to targets, and the attributes of its dead letters.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ATTEMPTS_MAX = 185
AGE_SECONDS_MAX = 86_400
_LONGEST_DELAY_SECONDS = 480.0
"""AWS says "exponential back off and jitter" and no numbers: with this one, 185 retries take just under the
24 hours that it gives them."""
_BY_AGE, _BY_ATTEMPTS = "MaximumEventAgeInSeconds", "MaximumRetryAttempts"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and for how long, a delivery that failed is tried again."""

    attempts_max: int = ATTEMPTS_MAX
    age_seconds_max: float = AGE_SECONDS_MAX

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> RetryPolicy:
        """The policy of a target's RetryPolicy."""
        stated = given or {}
        return cls(int(stated.get(_BY_ATTEMPTS, ATTEMPTS_MAX)), float(stated.get(_BY_AGE, AGE_SECONDS_MAX)))

    def delay(self, retry: int, jitter: float) -> float:
        """Seconds before this retry, counted from 1. `jitter`: a number between 0 and 1.

        >>> [RetryPolicy().delay(retry, 1.0) for retry in (1, 2, 3, 12)]
        [1.0, 2.0, 4.0, 480.0]
        """
        longest = min(2.0 ** min(retry - 1, 20), _LONGEST_DELAY_SECONDS)
        return longest * (0.5 + jitter / 2)

    def exhausted(self, retry: int, age_seconds: float) -> str:
        """The condition that forbids this retry, of an event that will be so old then; "" if none does."""
        if retry > self.attempts_max:
            return _BY_ATTEMPTS
        return _BY_AGE if age_seconds > self.age_seconds_max else ""


def dead_letter_attributes(
    known: Mapping[str, str], code: str, message: str, *, exhausted: str, retries: int
) -> dict[str, dict[str, str]]:
    """The message attributes of a dead letter: `known` ones, the last error, and why there is no retry."""
    told = {**known, "ERROR_CODE": error_code(code), "ERROR_MESSAGE": message or code}
    if exhausted:
        told["EXHAUSTED_RETRY_CONDITION"] = exhausted
    if retries:
        told["RETRY_ATTEMPTS"] = str(retries)
    return {name: {"DataType": "String", "StringValue": text} for name, text in told.items()}


def error_code(code: str) -> str:
    """An error of a target in the words of EventBridge.

    >>> error_code("AWS.SimpleQueueService.NonExistentQueue"), error_code("TooManyRequestsException")
    ('NO_RESOURCE', 'THROTTLING')
    """
    for part, word in _WORDS.items():
        if part in code:
            return word
    return "SDK_CLIENT_ERROR"


_WORDS = {
    "AccessDenied": "NO_PERMISSIONS",
    "AuthorizationError": "NO_PERMISSIONS",
    "NonExistent": "NO_RESOURCE",
    "NotFound": "NO_RESOURCE",
    "NoSuch": "NO_RESOURCE",
    "Throttl": "THROTTLING",
    "TooManyRequests": "THROTTLING",
    "AnswerLost": "TIMEOUT",
    "Timeout": "TIMEOUT",
    "Connection": "CONNECTION_FAILURE",
}
"""By a part of the error's code; the first that fits."""
