"""The condition `where` of a claim: which messages it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.aws.rules.envelopes import contents
from harness.history import History


def meant_by(history: History, where: Callable[[Any], bool] | None) -> list[int] | None:
    """The numbers of the events that accepted a body for which `where` is true; None: all.

    Raises `WhereFailed`.
    """
    if where is None:
        return None
    bodies = [(event.seq, event.data.get("body")) for event in history.of("accepted", "deduplicated")]
    bodies += [(event.seq, event.data.get("payload")) for event in history.of("invocation")]
    return [seq for seq, body in bodies if any(_is_meant(where, content) for content in contents(body))]


class WhereFailed(Exception):
    """A test's `where` raised an unexpected error."""


def _is_meant(where: Callable[[Any], bool], content: Any) -> bool:
    """A body without the field that `where` reads isn't meant. Raises `WhereFailed`."""
    try:
        return bool(where(content))
    except KeyError:
        return False
    except Exception as problem:
        if not isinstance(content, Mapping):
            return False
        raise WhereFailed(f"where= failed on {content!r}: {problem!r}") from problem
