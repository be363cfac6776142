"""Projections: which attributes of an item are asked for, and the item with these alone.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from harness.sim.services.held.conditions.nodes import DocumentPath, LookedAt
from harness.sim.services.held.conditions.reading import check_reserved, read_path
from harness.sim.services.held.conditions.words import END, WordReader, Wrong

Place = Sequence[str | int]
_Picks = dict[str | int, "_Picks"]


@lru_cache(maxsize=1024)
def read(expression: str) -> tuple[DocumentPath, ...]:
    """The paths of a projection. Raises `Wrong`."""
    words = WordReader(expression)
    paths = [read_path(words)]
    while words.skip(","):
        paths.append(read_path(words))
    words.expect(END)
    check_reserved(part for path in paths for part in path.parts if isinstance(part, str))
    return tuple(paths)


def places(paths: Iterable[DocumentPath], names: Mapping[str, str] | None) -> list[Place]:
    """The places that these paths name. Raises `Wrong` where two of them don't go together."""
    scope = LookedAt(names, None)
    found = [path.resolved(scope) for path in paths]
    for one, other in itertools.combinations(found, 2):
        common = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
        if common is None:
            raise _wrong("overlap", one, other)
        if type(one[common]) is not type(other[common]):
            raise _wrong("conflict", one, other)
    return list(found)


def _wrong(how: str, one: Place, other: Place) -> Wrong:
    shown = [
        ", ".join(f"[{part}]" if isinstance(part, int) else part for part in place) for place in (one, other)
    ]
    return Wrong(
        f"Two document paths {how} with each other; must remove or rewrite one of these paths; "
        f"path one: [{shown[0]}], path two: [{shown[1]}]"
    )


def picked(attributes: Mapping[str, Any], wanted: Iterable[Place]) -> dict[str, Any]:
    """Of attributes as moto keeps them those that are wanted."""
    picks: _Picks = {}
    for place in wanted:
        into = picks
        for part in place:
            into = into.setdefault(part, {})
    found = {str(name): _pick(attributes.get(str(name)), inner) for name, inner in picks.items()}
    return {name: value for name, value in found.items() if value is not None}


def _pick(value: Any, picks: _Picks) -> Any:
    """The value with what is picked of it; None if there is no such thing."""
    if value is None or not picks:
        return value
    if value.type == "M":
        inner = {name: _pick(value.value.get(name), deeper) for name, deeper in picks.items()}
        kept = {name: each for name, each in inner.items() if each is not None}
        return {"M": kept} if kept else None
    if value.type != "L":
        return None
    held = dict(enumerate(value.value))
    elements = [_pick(held[at], picks[at]) for at in sorted(held.keys() & picks.keys())]
    kept_elements = [each for each in elements if each is not None]
    return {"L": kept_elements} if kept_elements else None
