"""DynamoDB held by moto in LocalStack's process, instead of a DynamoDB Local that wants a download and Java.

Chosen by `PROVIDER_OVERRIDE_DYNAMODB=harness`. What is written goes into the tables' streams.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.skeleton import DispatchTable
from localstack.services.plugins import Service, aws_provider

from ...aws.rules.transactions import MISMATCH, TAKE_TOKENS, Mismatch, Tokens
from . import account_time, table_streams


@aws_provider(api="dynamodb", name="harness")
def dynamodb() -> Service:
    """A provider that implements nothing, so that every operation falls through to moto."""
    from localstack.aws.api.dynamodb import DynamodbApi
    from localstack.services.moto import MotoFallbackDispatcher

    def one_at_a_time(provider: DynamodbApi) -> DispatchTable:
        operations = {name: _alone(name, handle) for name, handle in MotoFallbackDispatcher(provider).items()}
        return operations | {name: _once(name, operations[name]) for name in TAKE_TOKENS}

    return Service.for_provider(DynamodbApi(), dispatch_table_factory=one_at_a_time)


_LOCK = threading.RLock()


def _alone(name: str, handle: Callable[..., Any]) -> Callable[..., Any]:
    """moto checks a condition and writes in two steps; here nothing gets in between."""

    @functools.wraps(handle)
    def handle_alone(context: RequestContext, request: Any) -> Any:
        where = context.account_id, context.region
        with _LOCK:
            table_streams.before(name, *where, request)
            answer = handle(context, request)
            table_streams.after(name, *where, request)
            return answer

    return handle_alone


_tokens: Tokens[Any] = Tokens(account_time.now)


def _once(name: str, handle: Callable[..., Any]) -> Callable[..., Any]:
    """moto ignores the token of a transaction, so the SDK's own retry would be applied twice."""

    @functools.wraps(handle)
    def handle_once(context: RequestContext, request: Any) -> Any:
        where = name, context.account_id, context.region
        with _LOCK, account_time.acting_for(context.account_id):
            try:
                return _tokens.once(where, request, lambda: (handle(context, request), True))
            except Mismatch as problem:
                raise CommonServiceException(MISMATCH, str(problem)) from None

    return handle_once
