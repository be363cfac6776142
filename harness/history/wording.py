"""Words: those of a message that is sent once more, of a call, and of a message that is left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.history.event import Event
    from harness.history.store import History


def tells_more(body: Any, earlier: Any, sources: Iterable[Any]) -> bool:
    """Does it hold a value of what it was made of that the earlier one doesn't: a text anywhere, a number in
    a field of the same name?

    Then it is about more than that. A new time or id isn't of the sources, and a number alone may be equal by
    chance.

    >>> tells_more('{"order": "o-1", "at": "10:05"}', '{"order": "o-1", "at": "10:00"}', ['{"order": "o-1"}'])
    False
    >>> tells_more('{"order": "o-2"}', '{"order": "o-1"}', ['{"order": "o-1"}', '{"order": "o-2"}'])
    True
    >>> tells_more('{"order": 2, "try": 2}', '{"order": 1, "try": 1}', ['{"order": 1}', '{"order": 2}'])
    True
    >>> tells_more('{"order": 1, "try": 2}', '{"order": 1, "try": 1}', ['{"order": 1, "pieces": 2}'])
    False
    """
    new = {*_values(body)}.difference(_values(earlier))
    return any(value in new for source in sources for value in _values(source))


def _values(value: Any, field: str = "") -> Iterator[Any]:
    """The texts in it, and the numbers by the names of their fields; also those in a text that is JSON."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _values(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each, field)
    elif isinstance(value, int | float):
        yield field, value
    elif isinstance(value, str):
        inner = _parsed(value)
        if isinstance(inner, dict | list):
            yield from _values(inner)
        else:
            yield inner if isinstance(inner, str) else value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text.lstrip()[:1] in ("{", "[", '"') else None
    except (ValueError, RecursionError):
        return None


def about(call: Event) -> str:
    """A call with every resource that it is about."""
    return " and ".join((call.subject, *call.data.get("others", ())))


def left_out(history: History, filtered: Event) -> str:
    """Why a message was left out: an enrichment that answers with nothing is a filter, too."""
    cause = None if filtered.cause is None else history[filtered.cause]
    if cause is not None and cause.kind == "invocation-ended":
        return f"{cause.subject} answered with nothing"
    return "left out by a filter"
