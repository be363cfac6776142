"""Drops everything that an account holds: what runs, what waits, and the state of every service."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from localstack.aws.connect import connect_to
from localstack.services.stores import AccountRegionBundle

from . import (
    accounts,
    clock,
    doors,
    metrics,
    providers,
    queues,
    retried,
    rule_schedules,
    running,
    running_executions,
    sns,
    state,
    stream_sources,
    under_way,
)
from .functions import account_of

LOG = logging.getLogger(__name__)

THREADS_END_WITHIN_SECONDS = 5.0


def remove(account: str) -> None:
    """After this the account is as if it had never been used. What can't be removed is logged."""
    for worker in state.workers_of(account):
        _do(worker.stop_for_shutdown)
        providers.get("lambda").esm_workers.pop(worker.uuid, None)
    rule_schedules.forget(account)
    under_way.of(account).ended.set()
    running.end_account(account)
    left = under_way.end(account, THREADS_END_WITHIN_SECONDS)
    if left:
        LOG.warning("account %s has ended, but these threads haven't: %s", account, ", ".join(left))
    _do(lambda: _stop_functions(account))
    for queue in queues.of_account(account):
        _do(queue.shutdown)
    _do(lambda: _empty_buckets(account))
    _drop_stores(account)
    _drop_moto(account)
    _do(connect_to._get_client.cache_clear)
    accounts.unregister(account)
    for part in (clock, doors, metrics, under_way, sns, stream_sources, retried.order, running_executions):
        part.forget(account)


def _stop_functions(account: str) -> None:
    if not providers.is_loaded("lambda"):
        return
    service = providers.get("lambda").lambda_service
    for versions in (service.lambda_running_versions, service.lambda_starting_versions):
        for arn, manager in list(versions.items()):
            if account_of(arn) == account:
                _do(partial(service.stop_version, arn))
                code = manager.function_version.config.code
                if code is not None:
                    _do(code.destroy)
    counting = service.counting_service
    for trackers in (counting.on_demand_concurrency_trackers, counting.provisioned_concurrency_trackers):
        for key in [key for key in trackers if key[0] == account]:
            trackers.pop(key, None)


def _empty_buckets(account: str) -> None:
    if not providers.is_loaded("s3"):
        return
    from localstack.services.s3.models import s3_stores

    storage = providers.get("s3")._storage_backend
    for store in list(s3_stores[account].values()) if account in s3_stores else []:
        for name in list(store.buckets):
            _do(partial(storage.delete_bucket, name))
            store.global_bucket_map.pop(name, None)


def _drop_stores(account: str) -> None:
    """Each service keeps its stores in its module `models`."""
    for name, module in list(sys.modules.items()):
        if name.startswith("localstack.services.") and name.endswith(".models"):
            for value in list(vars(module).values()):
                if isinstance(value, AccountRegionBundle):
                    value.pop(account, None)


def _drop_moto(account: str) -> None:
    if "moto.core.base_backend" not in sys.modules:
        return
    from moto.core.base_backend import BackendDict

    for backends in list(BackendDict._instances):
        if account in backends:
            for backend in list(backends[account].values()):
                _do(backend.reset)
            backends.pop(account, None)


def _do(step: Callable[[], Any]) -> None:
    try:
        step()
    except Exception:
        LOG.warning("a part of an account could not be removed", exc_info=True)
