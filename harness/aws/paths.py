"""Paths to values in parameters and answers; see `Operation` in `facts.py` for their form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def at(path: str, value: Any) -> Iterator[Any]:
    """The values at a path.

    >>> list(at("RequestItems.@", {"RequestItems": {"Ledger": [], "Stock": []}}))
    ['Ledger', 'Stock']
    >>> list(at("Items[].*.TableName", {"Items": [{"Put": {"TableName": "Ledger"}}]}))
    ['Ledger']
    """
    step, _, rest = path.partition(".")
    for found in _step(step, value):
        yield from at(rest, found) if rest else (found,)


def _step(step: str, value: Any) -> Iterator[Any]:
    if not isinstance(value, Mapping):
        return
    if step == "@":
        yield from value
    elif step == "*":
        yield from value.values()
    elif step.endswith("[]"):
        entries = value.get(step[:-2])
        yield from entries if isinstance(entries, list | tuple) else ()
    elif value.get(step) is not None:
        yield value[step]
