"""The dialects of the pattern language: the operators that each service takes, and how it counts.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """One of them.

    `exclusions`: operators that can stand inside `anything-but`. `folds_ends`: `prefix` and `suffix` take
    {"equals-ignore-case": …}. `number_max` and `decimals`: the range and the accuracy of numeric matching;
    None: those of a double. `nothing_is_no_content`: null and "" match `exists` neither way.
    `or_can_be_name`: a `$or` that isn't followed by two objects or more is a field's name.
    `limits_wildcards`: those of a field may be too complex.
    """

    operators: frozenset[str]
    exclusions: frozenset[str]
    folds_ends: bool = True
    number_max: float | None = None
    decimals: int | None = None
    nothing_is_no_content: bool = False
    or_can_be_name: bool = False
    limits_wildcards: bool = False

    def comparable(self, number: Any) -> float | None:
        """A number as numeric matching sees it; None for what is none, or is out of range."""
        if isinstance(number, bool) or not isinstance(number, int | float):
            return None
        try:
            value = float(number)
        except OverflowError:
            return None
        if self.number_max is not None and not -self.number_max <= value <= self.number_max:
            return None
        return value if self.decimals is None else round(value, self.decimals)


_ON_PIPES = frozenset({"anything-but", "equals-ignore-case", "exists", "numeric", "prefix", "suffix"})
_EXCLUSIONS = frozenset({"equals-ignore-case", "prefix", "suffix", "wildcard"})

EVENTBRIDGE = Dialect(
    operators=_ON_PIPES | {"cidr", "exactly", "wildcard"}, exclusions=_EXCLUSIONS, limits_wildcards=True
)
PIPES = Dialect(operators=_ON_PIPES, exclusions=frozenset())
LAMBDA = Dialect(operators=_ON_PIPES, exclusions=frozenset({"equals-ignore-case", "prefix", "suffix"}))
SNS = Dialect(
    operators=_ON_PIPES | {"cidr", "wildcard"},
    exclusions=_EXCLUSIONS,
    folds_ends=False,
    number_max=1e9,
    decimals=5,
    nothing_is_no_content=True,
    or_can_be_name=True,
)
