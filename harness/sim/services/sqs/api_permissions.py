"""AddPermission and RemovePermission: statements of a queue's policy.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from harness.sim.services.service import Params, ServiceError
from harness.sim.services.sqs.errors import absent, invalid_value
from harness.sim.services.sqs.store import QueueRecord

ACTIONS_MAX = 7
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")
_SHARED = {
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
}
"""Actions that an owner can share with other accounts."""
_OWN = {
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "ListQueues",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
}
"""Actions that stay the owner's. Those for batches are none: they go with the actions for single messages."""


def add_permission(record: QueueRecord, params: Params) -> None:
    """Add the statement that lets these accounts do these things."""
    label, accounts, actions = params["Label"], params["AWSAccountIds"], params["Actions"]
    _check(label, accounts, actions)
    policy = _policy(record)
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise invalid_value(label, "Label", "Already exists.")
    policy["Statement"].append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": _one_or_more([f"arn:aws:iam::{account}:root" for account in accounts])},
            "Action": _one_or_more([f"SQS:{action}" for action in actions]),
            "Resource": record.arn,
        }
    )
    record.attributes["Policy"] = json.dumps(policy)


def remove_permission(record: QueueRecord, params: Params) -> None:
    """Remove the statements of this label; the policy goes with its last statement."""
    policy = _policy(record)
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") != params["Label"]]
    if len(kept) == len(policy["Statement"]):
        raise invalid_value(params["Label"], "Label", "can't find label.")
    if kept:
        record.attributes["Policy"] = json.dumps({**policy, "Statement": kept})
    else:
        record.attributes.pop("Policy", None)


def _check(label: str, accounts: list[str], actions: list[str]) -> None:
    if not _LABEL.fullmatch(label):
        raise invalid_value(
            label,
            "Label",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.",
        )
    if not accounts:
        raise absent("PrincipalId")
    if not actions:
        raise absent("Actions")
    if len(actions) > ACTIONS_MAX:
        raise ServiceError(
            "OverLimit", f"{len(actions)} Actions were found, maximum allowed is {ACTIONS_MAX}.", 403
        )
    for account in accounts:
        if not (account.isascii() and account.isdigit() and len(account) == 12):
            raise invalid_value(account, "PrincipalId", "Unable to verify.")
    for action in actions:
        if action not in _SHARED and action not in _OWN:
            raise invalid_value(
                f"SQS:{action}",
                "ActionName",
                "Please refer to the appropriate WSDL for a list of valid actions. ",
            )
        if action not in _SHARED:
            raise invalid_value(
                f"SQS:{action}", "ActionName", "Only the queue owner is allowed to invoke this action."
            )


def _policy(record: QueueRecord) -> dict[str, Any]:
    text = record.attributes.get("Policy")
    policy: dict[str, Any] = (
        json.loads(text) if text else {"Version": "2008-10-17", "Id": f"{record.arn}/SQSDefaultPolicy"}
    )
    statements = policy.get("Statement") or []
    statements = statements if isinstance(statements, list) else [statements]
    return {**policy, "Statement": [each for each in statements if isinstance(each, dict)]}


def _one_or_more(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
