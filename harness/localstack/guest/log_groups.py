"""The logs of functions in the log groups of CloudWatch, kept until somebody looks there.

LocalStack writes them on threads of its own, a line an entry, into the account of the function's role.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from localstack.services.lambda_.invocation.logs import LogHandler
from localstack.services.lambda_.invocation.version_manager import LambdaVersionManager

from . import clock, functions, patching, providers
from .doors import TargetRefused

KEPT_MAX = 10_000


@dataclass(frozen=True)
class WrittenLog:
    """The entries that a run has written into a stream. `at`: epoch seconds on the account's clock."""

    account: str
    region: str
    group: str
    stream: str
    at: float
    entries: Sequence[str]


_kept: deque[WrittenLog] = deque(maxlen=KEPT_MAX)
_lock = threading.RLock()


def apply() -> None:
    """From now on, instead of LocalStack's own way there."""
    patching.wrap(LogHandler, "start_subscriber", _nothing)
    patching.wrap(LambdaVersionManager, "store_logs", _nothing, "invocation_result", "execution_env")
    providers.watch({"logs": _logs_are_used})


def keep(written: WrittenLog) -> None:
    """A run has ended."""
    with _lock:
        if providers.is_loaded("logs"):
            _put(written)
        else:
            _kept.append(written)


def write(arn: str, text: str) -> None:
    """Write a delivery into a log group, in a stream of its own as EventBridge does. Raises `TargetRefused`.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    """
    from moto.logs.models import logs_backends

    there = functions.parts_of(arn)
    group = there.resource.split(":")[1]
    if group not in logs_backends[there.account][there.region].groups:
        raise TargetRefused("ResourceNotFoundException", f"there is no log group {group}", retryable=False)
    at = clock.now(there.account)
    _put(WrittenLog(there.account, there.region, group, str(uuid4()), at, [text]))


def _nothing(original: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Executors write themselves."""


def _logs_are_used() -> None:
    with _lock:
        while _kept:
            _put(_kept.popleft())


def _put(written: WrittenLog) -> None:
    from moto.logs.models import logs_backends

    logs = logs_backends[written.account][written.region]
    if written.group not in logs.groups:
        logs.create_log_group(written.group, tags={})
    group = logs.groups[written.group]
    if written.stream not in group.streams:
        logs.create_log_stream(written.group, written.stream)
    events = [{"timestamp": round(written.at * 1000), "message": entry} for entry in written.entries]
    group.put_log_events(written.stream, events)  # past the check of the time, which is the account's here
