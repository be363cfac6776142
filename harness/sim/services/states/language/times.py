"""The timestamps that Step Functions takes: RFC 3339 with "T" and an offset.

https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def instant(value: Any) -> float | None:
    """Epoch seconds of a timestamp, None if the value is none."""
    match = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return None
    offset = "+00:00" if match[3] == "Z" else match[3]
    try:
        whole = datetime.fromisoformat(match[1] + offset).timestamp()
    except (ValueError, OverflowError):
        return None
    return whole + float(match[2] or 0)
