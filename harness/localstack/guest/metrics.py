"""Lambda's metrics, kept until somebody uses CloudWatch: to send each one costs more than most invocations.

LocalStack sends a request to itself for each metric. Nobody can see them before CloudWatch is loaded, and
what was kept is sent then.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation import version_manager

from . import patching, providers

LOG = logging.getLogger(__name__)

KEPT_MAX = 100_000
BATCH_MAX = 1000
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""

_kept: deque[tuple[str, str, dict[str, Any]]] = deque(maxlen=KEPT_MAX)


def apply() -> None:
    """From now on."""
    patching.wrap(version_manager, "record_cw_metric_invocation", _invocation, "account_id", "region_name")
    patching.wrap(version_manager, "record_cw_metric_error", _error, "account_id", "region_name")
    providers.watch({"cloudwatch": _cloudwatch_is_used})


def _invocation(record: Callable[..., None], **of: str) -> None:
    _keep_or(record, ("Invocations",), of)


def _error(record: Callable[..., None], **of: str) -> None:
    _keep_or(record, ("Invocations", "Errors"), of)


def _keep_or(record: Callable[..., None], metrics: tuple[str, ...], of: dict[str, str]) -> None:
    if providers.is_loaded("cloudwatch"):
        record(**of)
        return
    for metric in metrics:
        told = {
            "MetricName": metric,
            "Dimensions": [{"Name": "FunctionName", "Value": of["function_name"]}],
            "Timestamp": datetime.now(UTC),
            "Value": 1,
        }
        _kept.append((of["account_id"], of["region_name"], told))


def _cloudwatch_is_used() -> None:
    kept = list(_kept)
    _kept.clear()
    if kept:
        threading.Thread(target=_send, args=(kept,), name="harness-metrics", daemon=True).start()


def _send(kept: list[tuple[str, str, dict[str, Any]]]) -> None:
    by_place: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for account, region, told in kept:
        by_place.setdefault((account, region), []).append(told)
    for (account, region), metrics in by_place.items():
        cloudwatch = connect_to(aws_access_key_id=account, region_name=region).cloudwatch
        for start in range(0, len(metrics), BATCH_MAX):
            batch = metrics[start : start + BATCH_MAX]
            try:
                cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=batch)
            except Exception as error:
                LOG.warning("metrics of functions in account %s are lost: %s", account, error)
