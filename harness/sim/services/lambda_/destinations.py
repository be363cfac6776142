"""Where Lambda sends what came of asynchronous events, and in which form each target takes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def body_for(target: str, content: Any, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery's body as the service of the target takes it. `content` is JSON, or its text."""
    text = content if isinstance(content, str) else json.dumps(content)
    service = target.split(":")[2]
    if service == "lambda":
        return {"payload": content, "invocation": "Event"}
    if service == "sns":
        return {"message": text, "body": text, "attributes": dict(attributes), "subject": None}
    return {"body": text, "attributes": dict(attributes), "system": {}, "group": None, "dedup": None}
