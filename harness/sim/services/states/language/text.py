"""Values as AWS writes them."""

from __future__ import annotations

import json
from typing import Any

from harness.aws.rules.patterns.tokens import Malformed, tokens


def to_json(value: Any) -> str:
    """Compact JSON, as it stands in an execution's history."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def to_format(value: Any) -> str:
    """A value in a text: as States.Format writes it, which is Java's way with maps and lists."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={to_format(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(to_format(item) for item in value) + "]"
    return to_json(value)


def kind_of(value: Any) -> str:
    """The JSON type of a value, as error texts name it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def json_problem(text: str) -> str | None:
    """The words in which AWS says that a text is no JSON, None if it is."""
    try:
        for _ in tokens(text):
            pass
        json.loads(text)
    except Malformed as problem:
        return problem.message
    except ValueError as problem:
        return str(problem)
    return None
