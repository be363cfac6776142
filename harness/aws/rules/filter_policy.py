"""The messages that a subscription wants: SNS's filter policies over attributes and bodies, and their limits.

https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .patterns import SNS, Pattern, PatternError, is_disjunction, read
from .patterns.tokens import Malformed, tokens

KEYS_MAX = 5
COMBINATIONS_MAX = 150
WILDCARD_POINTS_MAX = 100
POLICY_BYTES_MAX = 262_144
BODY = "MessageBody"
ATTRIBUTES = "MessageAttributes"
_TOO_COMPLEX = "Filter policy is too complex"


@dataclass(frozen=True, slots=True)
class FilterPolicy:
    """A filter policy, read. `pattern` is None for an empty one, which lets everything through.

    `nested`: it looks into objects, as only policies over the body can.
    """

    pattern: Pattern | None
    over_body: bool = False
    nested: bool = False

    def wants(
        self, attributes: Mapping[str, Mapping[str, Any]], content: Callable[[], dict[str, Any] | None]
    ) -> bool:
        """Does it want a message with these attributes, in botocore's shape, and this body?

        `content`: the JSON object that the body is, None if it is none.
        """
        if self.pattern is None:
            return True
        if not self.over_body:
            return _wants_attributes(self.pattern, attributes)
        body = content()
        return body is not None and self.pattern.wants(body)


@lru_cache(maxsize=256)
def read_policy(text: str, scope: str = ATTRIBUTES) -> FilterPolicy:
    """A filter policy from its JSON text. Raises `PatternError` in SNS's words."""
    if len(text.encode()) > POLICY_BYTES_MAX:
        raise PatternError("Filter policy is too large")
    policy = _object_of(text)
    if not policy:
        return FilterPolicy(None, scope == BODY)
    pattern = read(_rewritten(policy), SNS)
    if _keys(policy) > KEYS_MAX:
        raise PatternError(f"Filter policy can not have more than {KEYS_MAX} keys")
    if combinations(policy, nested=scope == BODY) > COMBINATIONS_MAX:
        raise PatternError(_TOO_COMPLEX)
    if _wildcard_points(policy) > WILDCARD_POINTS_MAX:
        raise PatternError(_TOO_COMPLEX)
    return FilterPolicy(pattern, scope == BODY, _is_nested(policy))


def check_scope(scope: str) -> None:
    """Raise `PatternError` for what is no FilterPolicyScope."""
    if scope not in (BODY, ATTRIBUTES):
        raise PatternError(f"Invalid value [{scope}]. Please use either {BODY} or {ATTRIBUTES}")


def attribute_values(attribute: Mapping[str, Any]) -> list[Any] | None:
    """The values of a message attribute that policies compare: one, or those of an array.

    None for a binary attribute, which can't be compared.
    """
    kind, text = attribute["DataType"], attribute.get("StringValue", "")
    if kind == "String.Array":
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return [text]
        return _leaves(value) if isinstance(value, list) else [value]
    if kind.startswith("Number"):
        return [_number(text)]
    return [text] if kind.startswith("String") else None


def _wants_attributes(pattern: Pattern, attributes: Mapping[str, Mapping[str, Any]]) -> bool:
    """None without any attributes is wanted, whatever the policy.

    https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html
    """
    found = {name: attribute_values(attribute) for name, attribute in attributes.items()}
    values = {name: those for name, those in found.items() if those is not None}
    return bool(attributes) and pattern.wants_attributes(values)


def _leaves(values: list[Any]) -> list[Any]:
    """Lists inside lists are one list to a policy."""
    found: list[Any] = []
    for value in values:
        found += _leaves(value) if isinstance(value, list) else [value]
    return found


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _object_of(text: str) -> dict[str, Any]:
    try:
        for _ in tokens(text):
            pass
        policy = json.JSONDecoder().raw_decode(text.lstrip())[0]
    except Malformed as problem:
        raise PatternError(f"failed to parse JSON. {problem.told(text, quoted=False)}") from None
    except RecursionError:
        raise PatternError("failed to parse JSON. nested too deep") from None
    if not isinstance(policy, dict):
        raise PatternError("Filter policy must be a JSON object")
    return policy


def _rewritten(policy: Mapping[str, Any]) -> str:
    """The text that SNS reads rules in, and quotes when one is none: without spaces. Recorded in May 2024."""
    return json.dumps(policy, separators=(",", ":"), ensure_ascii=False)


def _is_nested(policy: Mapping[str, Any]) -> bool:
    return any(
        any(_is_nested(option) for option in wanted)
        if is_disjunction(name, wanted)
        else isinstance(wanted, dict)
        for name, wanted in policy.items()
    )


def combinations(policy: Mapping[str, Any], *, nested: bool, depth: int = 1) -> int:
    """The product over all fields of how many values each lists, over bodies times how deep the field lies.

    An `$or` counts the sum over its options.
    """
    total = 1
    for name, wanted in policy.items():
        if is_disjunction(name, wanted):
            total *= sum(combinations(option, nested=nested, depth=depth) for option in wanted)
        elif isinstance(wanted, dict):
            total *= combinations(wanted, nested=nested, depth=depth + 1)
        else:
            total *= len(wanted) * (depth if nested else 1)
    return total


def _keys(policy: Mapping[str, Any]) -> int:
    """The fields at the top; of an `$or` those of its largest option."""
    return sum(
        max(_keys(option) for option in wanted) if is_disjunction(name, wanted) else 1
        for name, wanted in policy.items()
    )


def _wildcard_points(policy: Mapping[str, Any]) -> int:
    """Per field: points of its patterns (1 with one wildcard, else 3) times their number; summed up."""
    total = 0
    for name, wanted in policy.items():
        if is_disjunction(name, wanted):
            total += sum(_wildcard_points(option) for option in wanted)
        elif isinstance(wanted, dict):
            total += _wildcard_points(wanted)
        else:
            found = [wildcard for rule in wanted for wildcard in _wildcards(rule)]
            total += len(found) * sum(1 if wildcard.count("*") <= 1 else 3 for wildcard in found)
    return total


def _wildcards(rule: Any) -> list[str]:
    if not isinstance(rule, dict):
        return []
    ((name, operand),) = rule.items()
    if name == "anything-but" and isinstance(operand, dict):
        return _wildcards(operand)
    return (operand if isinstance(operand, list) else [operand]) if name == "wildcard" else []
