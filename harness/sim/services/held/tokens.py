"""Tokens of DynamoDB's transactions: the same request again within ten minutes changes nothing.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#DDB-TransactWriteItems-request-ClientRequestToken
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Generic, TypeVar

from harness.wire import Params, ServiceError, Stamp

VALID_SECONDS = 600.0
TOKEN = "ClientRequestToken"
TAKE_TOKENS = frozenset({"ExecuteTransaction", "TransactWriteItems"})
"""Operations of DynamoDB."""

_MISMATCH = (
    "IdempotentParameterMismatchException",
    "Provided ClientRequestToken is already in use with different request parameters",
)

Answered = TypeVar("Answered")


class Tokens(Generic[Answered]):
    """The transactions that were carried out, by region and token; `now` tells the time."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._done: dict[tuple[str, str, str], tuple[float, str, Answered]] = {}

    def once(self, stamp: Stamp, params: Params, carry_out: Callable[[], tuple[Answered, bool]]) -> Answered:
        """What `carry_out` answers, or answered to the same request before. It tells whether it succeeded.

        Raises `ServiceError` for a token that came with other parameters before.
        """
        token = params.get(TOKEN)
        if not token:
            return carry_out()[0]
        key = stamp.region, stamp.operation, str(token)
        others = {name: value for name, value in params.items() if name != TOKEN}
        asked = json.dumps(others, sort_keys=True, default=repr)
        if key in self._done:
            at, before, answer = self._done[key]
            if self._now() - at <= VALID_SECONDS:
                if before != asked:
                    raise ServiceError(*_MISMATCH)
                return answer
        answer, succeeded = carry_out()
        if succeeded:
            self._done[key] = self._now(), asked, answer
        return answer
