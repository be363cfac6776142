"""DynamoDB held by moto in LocalStack's process, instead of a DynamoDB Local that wants a download and Java.

Chosen by `PROVIDER_OVERRIDE_DYNAMODB=harness`. Streams are not offered this way.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from localstack.aws.skeleton import DispatchTable
from localstack.services.plugins import Service, aws_provider


@aws_provider(api="dynamodb", name="harness")
def dynamodb() -> Service:
    """A provider that implements nothing, so that every operation falls through to moto."""
    from localstack.aws.api.dynamodb import DynamodbApi
    from localstack.services.moto import MotoFallbackDispatcher

    def one_at_a_time(provider: DynamodbApi) -> DispatchTable:
        return {name: _alone(handle) for name, handle in MotoFallbackDispatcher(provider).items()}

    return Service.for_provider(DynamodbApi(), dispatch_table_factory=one_at_a_time)


_LOCK = threading.RLock()


def _alone(handle: Callable[..., Any]) -> Callable[..., Any]:
    """moto checks a condition and writes in two steps; here nothing gets in between."""

    @functools.wraps(handle)
    def handle_alone(*args: Any, **kwargs: Any) -> Any:
        with _LOCK:
            return handle(*args, **kwargs)

    return handle_alone
