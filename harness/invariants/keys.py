"""Values of a key in messages and rows, by which they are told apart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from harness.aws.rules.envelopes import contents, detail


def values_of(body: Any, key: str) -> list[str]:
    """The values of a key in a message or row, each once, in the form in which two of them compare.

    `key` may lead into nested objects and lists: "detail.order", "lines.sku". Envelopes of SNS, and batches,
    are looked into. Of an event of EventBridge the detail comes first: the event's own fields have the key
    only where the detail hasn't.

    >>> values_of('{"detail": {"order": 7}}', "detail.order")
    ['7']
    """
    found = (value for content in contents(body) for value in _in(content, key))
    return list(dict.fromkeys(text for text in map(comparable, found) if text is not None))


def value_of(body: Any, key: str) -> str | None:
    """The first of them; None if there is none."""
    return next(iter(values_of(body, key)), None)


FIELDS_SHOWN = 8
DEPTH_MAX = 6


def they_have(values: Iterable[Any]) -> str:
    """The fields of rows or bodies, as the end of a sentence that says which one they lack.

    >>> they_have(['{"order": "o-1"}', {"total": 4}, "hi"])
    '; they have order, total'
    """
    contained = (content for value in values for content in contents(value))
    fields = {str(name) for content in contained if isinstance(content, Mapping) for name in content}
    return f"; they have {', '.join(sorted(fields)[:FIELDS_SHOWN])}" if fields else ""


def deeper(values: Iterable[Any], name: str) -> str:
    """The path by which a name stands deeper in some of these bodies; empty if it does in none.

    >>> deeper(['{"lines": [{"sku": "mug"}]}'], "sku")
    'lines.sku'
    """
    found = (_path_to(content, name, DEPTH_MAX) for value in values for content in contents(value))
    return next(filter(None, found), "")


def _path_to(value: Any, name: str, depth: int) -> str:
    if isinstance(value, list | tuple):
        return next(filter(None, (_path_to(each, name, depth) for each in value)), "")
    if not isinstance(value, Mapping) or not depth:
        return ""
    if name in value:
        return name
    below = ((step, _path_to(inner, name, depth - 1)) for step, inner in value.items())
    return next((f"{step}.{path}" for step, path in below if path), "")


def comparable(value: Any) -> str | None:
    """A value as text. Numbers compare exactly, and as what they are written: 1, 1.0 and "1" are one."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        return _number(value)
    return json.dumps(value, sort_keys=True, default=str)


def _number(value: float | Decimal) -> str:
    try:
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        text = f"{exact:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    except (InvalidOperation, ValueError):
        return str(value)


def _in(content: Any, key: str) -> Iterator[Any]:
    found = list(_at(detail(content), key))
    yield from found or _at(content, key)


def _at(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _at(each, key)
    elif isinstance(value, Mapping):
        if key in value:
            yield value[key]
            return
        step, dot, rest = key.partition(".")
        if dot and step in value:
            yield from _at(value[step], rest)
