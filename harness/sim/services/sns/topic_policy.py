"""Access policies of topics: what SNS takes as one, and statements that are added to it.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from harness.sim.services.sns.errors import invalid
from harness.sim.services.sns.json_documents import json_object
from harness.sim.services.sns.model import TopicState

ACTIONS = (
    "AddPermission",
    "DeleteTopic",
    "GetDataProtectionPolicy",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "ListTagsForResource",
    "Publish",
    "PutDataProtectionPolicy",
    "Receive",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
    "TagResource",
    "UntagResource",
)
"""Those that a topic's policy can speak of: not "*", as CreateTopic and ListTopics concern no topic."""
_KNOWN = {f"sns:{action}".lower() for action in ACTIONS}
_DEFAULT_ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)
_PRINCIPAL = re.compile(r"\*|\d{12}|arn:[a-z-]+:(iam|sts)::\d{12}:.+|A[A-Z0-9]{15,}")


def default_policy(topic: TopicState) -> dict[str, Any]:
    """The policy of a topic to which nobody has given one: its owner may do anything."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in _DEFAULT_ACTIONS],
        "Resource": topic.arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": topic.owner}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


def check_policy(text: str) -> None:
    """Raise InvalidParameter for what is no policy of a topic."""
    policy = json_object(text)
    if policy is None:
        raise invalid("Policy Error: null")
    for statement in _listed(policy.get("Statement")):
        if not isinstance(statement, dict):
            raise invalid("Policy Error: null")
        _check_statement(statement)


def allow(topic: TopicState, label: str, accounts: Iterable[str], actions: Iterable[str]) -> None:
    """Add a statement. Raises InvalidParameter."""
    policy = _policy_of(topic)
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise invalid("Statement already exists")
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": _one_or_all(f"arn:aws:iam::{account}:root" for account in accounts)},
        "Action": _one_or_all(f"SNS:{action}" for action in actions),
        "Resource": topic.arn,
    }
    _check_statement(statement)
    policy["Statement"].append(statement)
    topic.attributes["Policy"] = json.dumps(policy)


def disallow(topic: TopicState, label: str) -> None:
    """Take the statement of a label away."""
    policy = _policy_of(topic)
    policy["Statement"] = [s for s in policy["Statement"] if s.get("Sid") != label]
    topic.attributes["Policy"] = json.dumps(policy)


def _check_statement(statement: dict[str, Any]) -> None:
    if not all(_in_scope(str(action).lower()) for action in _listed(statement.get("Action"))):
        raise invalid("Policy statement action out of service scope!")
    principal = statement.get("Principal")
    named = _listed(principal.get("AWS")) if isinstance(principal, dict) else []
    if not all(_PRINCIPAL.fullmatch(str(name)) for name in named):
        raise invalid("Policy Error: PrincipalNotFound")


def _in_scope(action: str) -> bool:
    return action not in ("*", "sns:*") and any(fnmatchcase(known, action) for known in _KNOWN)


def _policy_of(topic: TopicState) -> dict[str, Any]:
    text = topic.attributes.get("Policy")
    policy: dict[str, Any] = json.loads(text) if text else default_policy(topic)
    policy["Statement"] = _listed(policy.get("Statement"))
    return policy


def _one_or_all(values: Iterable[str]) -> str | list[str]:
    """A policy holds one value as it is, several as a list."""
    found = list(values)
    return found[0] if len(found) == 1 else found


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
