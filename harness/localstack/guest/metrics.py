"""Metrics of queues and functions, kept until their account uses CloudWatch, and sent before it is answered.

LocalStack sends a request to itself for each metric, also for each poll that finds a queue empty, and writes
each to a file: that takes longer than the call or the invocation which it tells of.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation import version_manager

from . import patching

LOG = logging.getLogger(__name__)

KEPT_MAX = 20_000
"""So many of an account are kept, the latest ones."""
BATCH_MAX = 1000
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
QUEUES, FUNCTIONS = "AWS/SQS", "AWS/Lambda"

_lock = threading.Lock()
_used: set[str] = set()
_kept: dict[str, deque[tuple[str, str, dict[str, Any]]]] = {}


def of_functions() -> None:
    """Keep those of functions."""
    patching.wrap(version_manager, "record_cw_metric_invocation", _invocation, "account_id", "region_name")
    patching.wrap(version_manager, "record_cw_metric_error", _error, "account_id", "region_name")


def of_queues() -> None:
    """Keep those of queues."""
    from localstack.services.sqs import provider

    patching.wrap(
        provider.CloudwatchDispatcher, "dispatch_sqs_metric", _of_queue, "queue_name", "value", "unit"
    )
    patching.wrap(provider, "publish_sqs_metric_batch", _of_all_queues, "sqs_metric_batch_data")


def used(account: str) -> None:
    """The account is about to use CloudWatch: it sees what was kept, and what comes."""
    with _lock:
        _used.add(account)
        kept = _kept.pop(account, ())
    by_place: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for region, namespace, told in kept:
        by_place.setdefault((region, namespace), []).append(told)
    for (region, namespace), metrics in by_place.items():
        cloudwatch = connect_to(aws_access_key_id=account, region_name=region).cloudwatch
        for start in range(0, len(metrics), BATCH_MAX):
            batch = metrics[start : start + BATCH_MAX]
            try:
                cloudwatch.put_metric_data(Namespace=namespace, MetricData=batch)
            except Exception as error:
                LOG.warning("metrics of %s in account %s are lost: %s", namespace, account, error)


def forget(account: str) -> None:
    """The account has ended."""
    with _lock:
        _used.discard(account)
        _kept.pop(account, None)


def _keep(account: str, region: str, namespace: str, metrics: Iterable[dict[str, Any]]) -> bool:
    """Keep these. False: the account sees them at once."""
    with _lock:
        if account in _used:
            return False
        kept = _kept.setdefault(account, deque(maxlen=KEPT_MAX))
        kept.extend((region, namespace, told) for told in metrics)
        return True


def _metric(name: str, of: str, called: str, value: float = 1, unit: str | None = None) -> dict[str, Any]:
    return {
        "MetricName": name,
        "Dimensions": [{"Name": of, "Value": called}],
        "Timestamp": datetime.now(UTC),
        "Value": value,
        **({"Unit": unit} if unit else {}),
    }


def _invocation(record: Callable[..., None], **of: str) -> None:
    _keep_or(record, ("Invocations",), of)


def _error(record: Callable[..., None], **of: str) -> None:
    _keep_or(record, ("Invocations", "Errors"), of)


def _keep_or(record: Callable[..., None], names: tuple[str, ...], of: dict[str, str]) -> None:
    told = [_metric(name, "FunctionName", of["function_name"]) for name in names]
    if not _keep(of["account_id"], of["region_name"], FUNCTIONS, told):
        record(**of)


def _of_queue(
    dispatch: Callable[..., None],
    dispatcher: Any,
    account_id: str,
    region: str,
    queue_name: str,
    metric: str,
    value: float = 1,
    unit: str = "Count",
) -> None:
    told = _metric(metric, "QueueName", queue_name, value, unit)
    if not _keep(account_id, region, QUEUES, [told]):
        dispatch(dispatcher, account_id, region, queue_name, metric, value, unit)


def _of_all_queues(
    publish: Callable[..., None], account_id: str, region: str, sqs_metric_batch_data: list[Any]
) -> None:
    told = [
        _metric(each["MetricName"], "QueueName", each["QueueName"], each["Value"], "Count")
        for each in sqs_metric_batch_data
    ]
    if not _keep(account_id, region, QUEUES, told):
        publish(account_id, region, sqs_metric_batch_data)
