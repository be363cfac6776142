"""Lists in pages."""

from __future__ import annotations

from typing import Any

from harness.sim.services import pages
from harness.sim.services.events.errors import not_valid
from harness.sim.services.service import Params, ServiceError

PAGE = 100


def page(member: str, items: list[Any], params: Params) -> Params:
    """The page that begins at the NextToken, of Limit items at most."""
    return pages.page(member, items, params.get("NextToken"), params.get("Limit") or PAGE, _refusal)


def _refusal() -> ServiceError:
    return not_valid("NextToken")
