"""Texts that may be JSON."""

from __future__ import annotations

import json
from typing import Any


def object_of(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is; None if it isn't one."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
