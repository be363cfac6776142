"""JSON documents among the parameters, and how SNS complains about what is none. Pure.

The words and the places are those of the parser behind SNS, recorded on AWS, October 2025 and January 2026.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.aws.rules.patterns.texts import object_of as json_object
from harness.aws.rules.patterns.tokens import Malformed, tokens

__all__ = ["compact", "json_object", "not_parsed"]


def compact(document: Mapping[str, Any]) -> str:
    """A JSON object as text, written as AWS writes it."""
    return json.dumps(document, separators=(",", ":"))


def not_parsed(text: str) -> str:
    """SNS's words for a text that is no JSON, with the place where it stops to be."""
    try:
        for _ in tokens(text):
            pass
    except Malformed as problem:
        return f"failed to parse JSON. {problem.told(text, quoted=False)}"
    return "failed to parse JSON."
