"""The paths of a fold: each accepted message at each place that it was meant for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.history.copies import Copy, Fate, Path, PathKey

if TYPE_CHECKING:
    from harness.history.fold import Fold


def paths_of(fold: Fold) -> Mapping[PathKey, Path]:
    """Those of which a copy was not moved on."""
    found: dict[PathKey, Path] = {}
    ends: set[PathKey] = set()
    entries = [(copy, copy.origin, copy.meant_for) for copy in fold.every_copy]
    entries += [(known, parent.origin, known.meant_for) for parent, known in fold.merged]
    for copy, origin, place in entries:
        message = fold.accepted.get(origin)
        if message is None or _is_no_end(fold, copy):
            continue
        key = origin, place
        path = found.get(key)
        if path is None:
            path = found[key] = Path(message, place)
        path.copies.append(copy)
        if not copy.passed_on:
            ends.add(key)
    return {key: path for key, path in found.items() if key in ends}


def _is_no_end(fold: Fold, copy: Copy) -> bool:
    """A message at a place that fans out ends at its subscribers, unless it was taken for the copy of
    another; one that arrived ends where it is."""
    if copy.on_its_way:
        return copy.passed_on
    return fold.fans_out(copy.place) and copy.fate is not Fate.LOST
