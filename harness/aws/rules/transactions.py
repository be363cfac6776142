"""Tokens of DynamoDB's transactions: the same request again within ten minutes changes nothing.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#DDB-TransactWriteItems-request-ClientRequestToken
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

VALID_SECONDS = 600.0
"""From the end of the first request that used the token."""

TOKEN = "ClientRequestToken"
TAKE_TOKENS = frozenset({"ExecuteTransaction", "TransactWriteItems"})
"""Operations of DynamoDB."""

MISMATCH = "IdempotentParameterMismatchException"

Answered = TypeVar("Answered")


class Mismatch(Exception):
    """A token came with other parameters before."""

    def __init__(self) -> None:
        super().__init__("Provided ClientRequestToken is already in use with different request parameters")


class Tokens(Generic[Answered]):
    """The transactions that were carried out; `now` tells the time."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._done: dict[tuple[Hashable, str], tuple[float, str, Answered]] = {}

    def once(
        self, where: Hashable, params: Mapping[str, Any], carry_out: Callable[[], tuple[Answered, bool]]
    ) -> Answered:
        """What `carry_out` answers, or answered to the same request before. It tells whether it succeeded.

        `where`: the operation and region, within which a token is one of its own. Raises `Mismatch`.
        """
        token = params.get(TOKEN)
        if not token:
            return carry_out()[0]
        key = where, str(token)
        others = {name: value for name, value in params.items() if name != TOKEN}
        asked = json.dumps(others, sort_keys=True, default=repr)
        if key in self._done:
            at, before, answer = self._done[key]
            if self._now() - at <= VALID_SECONDS:
                if before != asked:
                    raise Mismatch
                return answer
        answer, succeeded = carry_out()
        if succeeded:
            self._done[key] = self._now(), asked, answer
        return answer
