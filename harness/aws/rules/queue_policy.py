"""Does a queue's policy let a service of AWS send to it?

Effect, Principal, Action, Resource and Condition are judged as IAM does for a request that a service makes
on behalf of one of its resources. What callers with credentials may do is not judged anywhere here.
https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

ACTION = "sqs:sendmessage"


@lru_cache(maxsize=1024)
def lets_send(policy: str | None, *, service: str, queue_arn: str, source_arn: str) -> bool:
    """May `service` (like "sns.amazonaws.com") send to the queue on behalf of `source_arn`?"""
    if not policy:
        return False
    context = {
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": _account(source_arn) or _account(queue_arn),  # a bucket's ARN has none
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true",
        "aws:principalservicename": service,
        "aws:viaawsservice": "false",
    }
    allowed = False
    for statement in _list(json.loads(policy).get("Statement", [])):
        if not isinstance(statement, Mapping) or not _applies(statement, service, queue_arn, context):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = allowed or statement.get("Effect") == "Allow"
    return allowed


def _applies(statement: Mapping[str, Any], service: str, queue_arn: str, context: Mapping[str, str]) -> bool:
    return (
        _names_principal(statement, service)
        and _names(statement, "Action", ACTION)
        and _names(statement, "Resource", queue_arn)
        and _conditions_hold(statement.get("Condition") or {}, context)
    )


def _names_principal(statement: Mapping[str, Any], service: str) -> bool:
    if "NotPrincipal" in statement:
        return not _is_principal(statement["NotPrincipal"], service)
    return _is_principal(statement.get("Principal"), service)


def _is_principal(principal: Any, service: str) -> bool:
    if not isinstance(principal, Mapping):
        return "*" in _list(principal)
    return "*" in _list(principal.get("AWS")) or bool({"*", service} & set(_list(principal.get("Service"))))


def _names(statement: Mapping[str, Any], element: str, value: str) -> bool:
    """Does the Action or Resource of a statement, or its Not form, name this value?"""
    if f"Not{element}" in statement:
        return not _any_like(statement[f"Not{element}"], value)
    return _any_like(statement.get(element), value)


def _any_like(patterns: Any, value: str) -> bool:
    fold = str.lower if value == ACTION else str
    return any(_like(fold(str(pattern)), value) for pattern in _list(patterns))


def _conditions_hold(conditions: Any, context: Mapping[str, str]) -> bool:
    """All of them; a condition that isn't well-formed doesn't hold."""
    if not isinstance(conditions, Mapping) or not all(isinstance(w, Mapping) for w in conditions.values()):
        return False
    return all(
        _holds(operator, context.get(key.lower()), [_text(pattern) for pattern in _list(patterns)])
        for operator, wanted in conditions.items()
        for key, patterns in wanted.items()
    )


def _holds(operator: str, value: str | None, patterns: list[str]) -> bool:
    name = operator.partition(":")[2] or operator
    if name == "Null":
        return (value is None) == ("true" in patterns)
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    if value is None:
        return optional or negated or operator.startswith("ForAllValues:")
    return _matches(name.replace("Not", ""), value, patterns) != negated


def _matches(operator: str, value: str, patterns: list[str]) -> bool:
    if operator in ("ArnEquals", "ArnLike", "StringLike"):
        return any(_like(pattern, value) for pattern in patterns)
    if operator == "StringEquals":
        return value in patterns
    if operator in ("StringEqualsIgnoreCase", "Bool"):
        return value.lower() in [pattern.lower() for pattern in patterns]
    return False


def _like(pattern: str, value: str) -> bool:
    """Does it match a pattern in which * and ? stand for any characters and for one?"""
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def _account(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
