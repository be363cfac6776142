"""Lists in pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.service import Params


def page(items: Sequence[Any], params: Params, name: str, *, most: int) -> Params:
    """The page that `Marker` and `MaxItems` ask for, with `NextMarker` if it isn't the last."""
    marker = params.get("Marker") or "0"
    if not marker.isdecimal():
        raise invalid(f"Invalid Marker {marker}.")
    start = int(marker)
    end = start + min(params.get("MaxItems") or most, most)
    answer: Params = {name: list(items[start:end])}
    if end < len(items):
        answer["NextMarker"] = str(end)
    return answer
