"""The fault points that are tried, of those that are alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from harness.faults.points import Point


@dataclass(frozen=True)
class Representative:
    """A point that is tried. `untried` counts those that are alike and aren't tried, at the first that is."""

    point: Point
    untried: int = 0


EACH = 3
"""The number of points tried of those that are alike: the first, the last, and one by chance."""


def representatives(points: Iterable[Point], each: int = EACH, seed: int = 0) -> list[Representative]:
    """The points to try, in order: of those that are alike the first; with `each` 2 the last, with 3 one by
    chance, too."""
    groups: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        groups[point.alike].append(point)
    found: list[Representative] = []
    for group in groups.values():
        if group[0].covers_all:
            found.append(Representative(group[0]))
            continue
        first, *more = _chosen(group, each, seed)
        found += [Representative(first, len(group) - 1 - len(more)), *map(Representative, more)]
    return sorted(found, key=lambda one: (one.point.seq, one.point.name))


def _chosen(group: Sequence[Point], each: int, seed: int) -> Sequence[Point]:
    if len(group) <= each:
        return group
    between = group[1:-1] if each > 2 else ()
    by_chance = [Random(f"{seed} {group[0].alike}").choice(between)] if between else []
    return [group[0], *by_chance, *(group[-1:] if each > 1 else ())]
