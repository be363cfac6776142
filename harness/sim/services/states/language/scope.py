"""The values that a state's expressions can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final


class _Absent:
    """Nothing, where None is a value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


@dataclass(frozen=True)
class StateScope:
    """`$`, `$$` and variables, with `$states.result` and `$states.errorOutput` where they exist.

    Random values come from `chance`; `now` is in epoch seconds.
    """

    input: Any
    context: Mapping[str, Any]
    variables: Mapping[str, Any]
    chance: Random
    now: float
    result: Any = field(default=ABSENT)
    error_output: Any = field(default=ABSENT)
