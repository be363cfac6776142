"""An account as it stands: what moves in it, and what waits for time to pass."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from . import (
    clock,
    doors,
    events,
    functions,
    hops,
    mappings,
    moves,
    providers,
    queues,
    redrive,
    rule_schedules,
    running,
    running_executions,
    under_way,
)
from .account_time import acting_for
from .functions import account_of
from .under_way import Work

KINDS = (
    hops.DELIVERY,
    mappings.KIND,
    events.KIND,
    functions.PROVISIONING,
    hops.COPY,
    redrive.KIND,
    moves.KIND,
    running_executions.KIND,
    running_executions.TIMER,
)


def of(account: str) -> dict[str, Any]:
    """The whole state, as JSON. Times are epoch seconds on the account's clock."""
    place = under_way.of(account)
    activity = place.activity
    works = place.of_kind(*KINDS)
    workers = workers_of(account)
    return {
        "now": clock.now(account),
        "untold": [*doors.untold(account), *place.failed],
        "activity": activity,
        "queues": [_queue(queue, _is_consumed(queue.arn, workers)) for queue in queues.of_account(account)],
        "mappings": [_mapping(worker) for worker in workers],
        "invocations": running.invocations(account),
        "asynchronous": _asynchronous(works),
        "timers": [
            {"what": work.what, "due": work.due}
            for work in works
            if work.due is not None and work.kind != events.KIND
        ],
        "schedules": rule_schedules.due(account),
        "provisioning": _moving(works, functions.PROVISIONING),
        "deliveries": _moving(works, hops.DELIVERY, hops.COPY, redrive.KIND),
        "moves": _moving(works, moves.KIND),
        "executions": [work.about for work in works if work.kind == running_executions.KIND and work.moving],
    }


def workers_of(account: str) -> list[Any]:
    """LocalStack's workers of the account's mappings from queues."""
    if not providers.is_loaded("lambda"):
        return []
    workers = list(providers.get("lambda").esm_workers.values())
    return [worker for worker in workers if account_of(worker.esm_config["FunctionArn"]) == account]


def _queue(queue: Any, consumed: bool) -> dict[str, Any]:
    with acting_for(queue.account_id), queue.mutex:
        hidden = [(one.message_id, one.visibility_deadline) for one in queue.inflight]
        delayed = [(one.message_id, one.created + (one.delay_seconds or 0)) for one in queue.delayed]
        visible = queues.ready(queue)
    return {
        "arn": queue.arn,
        "visible": visible,
        "in_flight": [{"id": name, "due": due} for name, due in hidden],
        "delayed": [{"id": name, "due": due} for name, due in delayed],
        "consumed": consumed,
    }


def _is_consumed(arn: str, workers: Iterable[Any]) -> bool:
    """Will a mapping take what is visible there right now? Not if all it may run at once is held."""
    for worker in workers:
        if worker.esm_config.get("EventSourceArn") != arn or not worker.enabled:
            continue
        mapping = mappings.of_worker(worker)
        if mapping is None or mapping.has_room or mapping.busy:
            return True
    return False


def _mapping(worker: Any) -> dict[str, Any]:
    mapping = mappings.of_worker(worker)
    return {
        "uuid": worker.uuid,
        "source": worker.esm_config.get("EventSourceArn"),
        "function": worker.esm_config["FunctionArn"],
        "state": str(worker.current_state),
        "busy": mapping is not None and mapping.busy,
        "moving": 0 if mapping is None else mapping.moving,
    }


def _asynchronous(works: Iterable[Work]) -> list[dict[str, Any]]:
    by_function: dict[str, dict[str, Any]] = {}
    for work in works:
        if work.kind != events.KIND:
            continue
        told = by_function.setdefault(
            work.about, {"function": work.about, "visible": 0, "running": 0, "due": []}
        )
        due = work.due
        if due is not None:
            told["due"].append(due)
        elif work.moving:
            told["running"] += 1
    return list(by_function.values())


def _moving(works: Iterable[Work], *kinds: str) -> int:
    return sum(work.kind in kinds and work.moving for work in works)


def messages(account: str, region: str, name: str) -> list[dict[str, Any]] | None:
    """Every message of a queue, nothing received; None if there is no such queue."""
    with suppress(KeyError):
        queue = queues.find(f"arn:aws:sqs:{region}:{account}:{name}")
        return None if queue is None else queues.peek(queue)
    return None
