"""LocalStack's queues, reached inside the process: what deliveries, mappings and the state need of them.

Messages go in and out by the provider's own operations, so that its checks and its dead-letter rules hold.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from localstack.aws.api import ServiceException
from localstack.services.sqs.constants import HEADER_LOCALSTACK_SQS_OVERRIDE_MESSAGE_COUNT
from localstack.services.sqs.models import FifoQueue, sqs_stores, to_sqs_api_message
from localstack.utils.aws.arns import parse_arn
from werkzeug.datastructures import Headers

from ... import aws
from ...aws import sqs
from ...aws.parcels import QueueParcel
from ...aws.rules.queue_policy import lets_send
from . import context, providers
from .account_time import acting_for
from .context import Context
from .doors import TargetRefused
from .under_way import Ended

LOG = logging.getLogger(__name__)

GONE = "AWS.SimpleQueueService.NonExistentQueue"


def of_account(account: str) -> list[Any]:
    """All queues of an account."""
    stores = list(sqs_stores[account].values()) if account in sqs_stores else []
    return [queue for store in stores for queue in list(store.queues.values())]


def find(arn: str) -> Any | None:
    """The queue of an ARN, None if there is none."""
    parts = parse_arn(arn)
    if parts["account"] not in sqs_stores:
        return None
    return sqs_stores[parts["account"]][parts["region"]].queues.get(parts["resource"])


def send(arn: str, parcel: QueueParcel, why: Context) -> None:
    """Put a message into a queue. Raises `TargetRefused`."""
    queue = find(arn)
    if queue is None:
        name = arn.rsplit(":", 1)[-1]
        raise TargetRefused(GONE, f"{name} does not exist", retryable=False)
    with context.using(why), acting_for(queue.account_id):
        try:
            providers.get("sqs").send_message(
                _context(queue),
                queue_url=_url(queue),
                message_body=parcel.body,
                message_attributes=dict(parcel.attributes) or None,
                message_system_attributes=_system(parcel),
                message_group_id=parcel.group,
                message_deduplication_id=parcel.dedup,
            )
        except Ended:
            raise
        except Exception as problem:
            raise as_failure(problem) from problem


def check_access(source: str, target: str) -> None:
    """Raise `TargetRefused` where the policy of a queue doesn't let the service of `source` send to it.

    Services without a principal of their own send with a role, which isn't judged. A queue that isn't there
    is another failure.
    """
    sender = aws.service_of(source)
    principal = sender.principal if sender is not None else None
    queue = find(target) if principal and aws.service_of(target) is sqs.SERVICE else None
    if queue is None or lets_send(
        queue.attributes.get("Policy"),
        service=str(principal),
        queue_arn=target,
        source_arn=aws.unqualified(source),
    ):
        return
    told = f"the policy of {queue.name} doesn't allow {principal} to send to it"
    raise TargetRefused("AccessDenied", told, retryable=False)


def _system(parcel: QueueParcel) -> dict[str, Any] | None:
    found = {name: {"DataType": "String", "StringValue": value} for name, value in parcel.system.items()}
    return found or None


def take(queue: Any, limit: int, why: Context) -> list[dict[str, Any]]:
    """Receive up to so many messages, each as ReceiveMessage shows it. `limit` may exceed ten."""
    with context.using(why), acting_for(queue.account_id):
        result = providers.get("sqs").receive_message(
            _context(queue, {HEADER_LOCALSTACK_SQS_OVERRIDE_MESSAGE_COUNT: str(limit)}),
            queue_url=_url(queue),
            wait_time_seconds=0,
            message_attribute_names=["All"],
            message_system_attribute_names=["All"],
        )
    return list(result.get("Messages") or [])


def delete(queue: Any, handle: str, why: Context) -> None:
    """Delete by receipt handle; a FIFO queue refuses one that has expired, and keeps the message."""
    with context.using(why), acting_for(queue.account_id), suppress(ServiceException):
        queue.remove(handle)


def received_in(queue: Any, handle: str) -> int | None:
    """The event of the receive that gave this handle."""
    return getattr(queue.receipts.get(handle), "harness_received", None)


def release(queue: Any, handles: Iterable[str], why: Context) -> None:
    """Make messages visible again."""
    with context.using(why), acting_for(queue.account_id):
        for handle in handles:
            if handle in queue.receipts:
                queue.update_visibility_timeout(handle, 0)


def forget_handles(queue: Any, message: Any) -> None:
    """Nobody can delete or hide it by a receipt handle any more."""
    for handle in message.receipt_handles:
        queue.receipts.pop(handle, None)
    message.receipt_handles.clear()


def is_latest(message: Any, handle: str) -> bool:
    """Is this the handle of the message's latest receive?"""
    return getattr(message, "harness_handle", handle) == handle


def is_good(message: Any, handle: str) -> bool:
    """Has the visibility timeout under this handle not passed yet?"""
    return handle not in getattr(message, "harness_lapsed", ())


def before_first_hidden(queue: Any, group: Any) -> list[Any]:
    """The messages of a FIFO group that can be received now."""
    if not is_hidden(queue, group):
        return list(group.messages)
    first = min(one for one in queue.inflight if one.message_group_id == group.message_group_id)
    return [message for message in group.messages if message < first]


def is_hidden(queue: Any, group: Any) -> bool:
    """Is one of the group's messages in flight?"""
    return any(one.message_group_id == group.message_group_id for one in queue.inflight)


def everything(queue: Any) -> list[Any]:
    """All messages of a queue, wherever they stand."""
    with queue.mutex:
        found = {*queue.inflight, *queue.delayed}
        if isinstance(queue, FifoQueue):
            found |= {message for group in queue.message_groups.values() for message in group.messages}
        else:
            found |= set(queue.visible.queue)
    return [message for message in found if not message.deleted]


def in_order(queue: Any) -> list[Any]:
    """The same, oldest first."""
    return sorted(everything(queue))


def peek(queue: Any) -> list[dict[str, Any]]:
    """Every message as ReceiveMessage would show it, oldest first, nothing received; handles are empty."""
    with acting_for(queue.account_id):
        return [
            {**to_sqs_api_message(message, ["All"], ["All"]), "ReceiptHandle": ""}
            for message in in_order(queue)
        ]


def ready(queue: Any) -> int:
    """The number of messages that can be received now; those behind one in flight in their group can't."""
    if isinstance(queue, FifoQueue):
        with queue.mutex:
            return sum(len(before_first_hidden(queue, one)) for one in queue.message_groups.values())
    return int(queue.approximate_number_of_messages)


def as_failure(problem: Exception) -> TargetRefused:
    """An exception of a provider as the failure of a delivery: its own faults are worth another try."""
    code = str(getattr(problem, "code", "") or type(problem).__name__)
    message = str(getattr(problem, "message", "") or problem)
    status = int(getattr(problem, "status_code", 500) or 500)
    known = hasattr(problem, "code")
    if not known:
        LOG.error("a delivery failed inside of LocalStack", exc_info=problem)
    return TargetRefused(code, message, retryable=not known or status >= 500 or status == 429)


def _context(queue: Any, headers: Mapping[str, str] | None = None) -> Any:
    return SimpleNamespace(
        account_id=queue.account_id,
        region=queue.region,
        service=SimpleNamespace(protocol="json"),
        request=SimpleNamespace(headers=Headers(headers or {}), scheme="http", host="localhost"),
    )


def _url(queue: Any) -> str:
    return f"http://localhost:4566/{queue.account_id}/{queue.name}"
