"""Filter policies of subscriptions, by AWS's rules instead of LocalStack's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ...aws.rules.filter_policy import ATTRIBUTES, FilterPolicy, read_policy
from ...aws.rules.patterns import PatternError
from ...aws.rules.patterns.texts import object_of
from . import account_time, accounts


def wants(policies: Mapping[str, Any], message: Any, subscription: Mapping[str, Any]) -> bool:
    """Does a subscription want this message? `policies`: LocalStack's, by the ARNs of subscriptions."""
    found = policies.get(subscription["SubscriptionArn"])
    if not found:
        return True
    policy = _policy(json.dumps(found), subscription.get("FilterPolicyScope") or ATTRIBUTES)
    return policy.wants(
        message.message_attributes or {}, lambda: object_of(message.message_content(subscription["Protocol"]))
    )


def check(original: Callable[..., Any], validator: Any, filter_policy: Mapping[str, Any]) -> None:
    """Instead of `FilterPolicyValidator.validate_filter_policy`, which refuses what AWS takes."""
    from localstack.aws.api.sns import InvalidParameterException

    if accounts.get(account_time.account()) is None:
        original(validator, filter_policy)
        return
    try:
        policy = _policy(json.dumps(filter_policy), validator.scope)
    except PatternError as problem:
        raise InvalidParameterException(f"{validator.error_prefix}FilterPolicy: {problem}") from None
    if policy.nested and not policy.over_body:
        told = "Filter policy scope MessageAttributes does not support nested filter policy"
        raise InvalidParameterException(f"Invalid parameter: {told}")


@lru_cache(maxsize=256)
def _policy(text: str, scope: str) -> FilterPolicy:
    return read_policy(text, scope)
