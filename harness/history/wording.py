"""The words of a message that is sent once more: has it the same to say, at another time?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any


def tells_more(body: Any, earlier: Any, sources: Iterable[Any]) -> bool:
    """Does it hold a text of what it was made of that the earlier one doesn't?

    Then it is about more than that. A new time or id isn't of the sources.

    >>> tells_more('{"order": "o-1", "at": "10:05"}', '{"order": "o-1", "at": "10:00"}', ['{"order": "o-1"}'])
    False
    >>> tells_more('{"order": "o-2"}', '{"order": "o-1"}', ['{"order": "o-1"}', '{"order": "o-2"}'])
    True
    """
    new = {*_texts(body)}.difference(_texts(earlier))
    return any(text in new for source in sources for text in _texts(source))


def _texts(value: Any) -> Iterator[str]:
    """The texts in it, and those in a text that is JSON itself."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        inner = _parsed(value)
        if isinstance(inner, dict | list):
            yield from _texts(inner)
        elif isinstance(inner, str):
            yield inner
        else:
            yield value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text.lstrip()[:1] in ("{", "[", '"') else None
    except (ValueError, RecursionError):
        return None
