"""Lists in pages of a hundred."""

from __future__ import annotations

from typing import Any

from harness.sim.services import pages
from harness.sim.services.service import Params, ServiceError
from harness.sim.services.sns.errors import invalid

PAGE = 100


def page(member: str, items: list[Any], token: str | None) -> Params:
    """The page that begins at a token. Raises InvalidParameter for a token that none of these is."""
    return pages.page(member, items, token, PAGE, _refusal)


def _refusal() -> ServiceError:
    return invalid("NextToken", "The token is invalid")
