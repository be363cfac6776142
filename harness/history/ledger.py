"""The ledger: what became of every accepted message, at each place that it was meant for.

A view of the fold. What is owed comes from `accepted`: the cloud said yes.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.history.copies import Copy, Fate, Key, Path, PathKey
from harness.history.event import Event
from harness.history.store import History

_OPEN = frozenset(("hung", "running"))


class Ledger:
    """The account of one history."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.fold = history.fold
        self.accepted = self.fold.accepted
        self.functions = self.fold.functions
        self._paths = self._find_paths()

    def paths(self) -> Iterator[Path]:
        """Each accepted message at each place that it was meant for."""
        return iter(self._paths.values())

    def path(self, message: Key, place: str) -> Path | None:
        """An accepted message at one place; None if it never was on its way there."""
        return self._paths.get((message, place))

    def of(self, *fates: Fate) -> list[Path]:
        """The paths that ended so."""
        return [path for path in self.paths() if path.fate in fates]

    def dead_letters(self) -> list[Copy]:
        """All copies in dead-letter queues, whoever sent them there.

        A dead letter for a place that fans out is where its subscribers have it.
        """
        return [
            copy
            for copy in self.fold.every_copy
            if copy.fate is Fate.WAITING
            and not (copy.passed_on or copy.on_its_way or self.fold.fans_out(copy.place))
            and (self._is_dead_letter(copy) or self.history.place(copy.place).dead_letters)
        ]

    def hung(self) -> list[Event]:
        """Invocations of which nobody knows what they did: hung, or still running."""
        return [one.event for one in self.fold.invocations.values() if one.outcome in _OPEN]

    def _is_dead_letter(self, copy: Copy) -> bool:
        above = copy.parent
        return copy.dead_letter or (
            above is not None and self.fold.fans_out(above.place) and self._is_dead_letter(above)
        )

    def _find_paths(self) -> dict[PathKey, Path]:
        found: dict[PathKey, Path] = {}
        places = [(copy, copy.lineage) for copy in self.fold.every_copy]
        entries = [(copy, lineage[-1].key, copy.meant_for) for copy, lineage in places]
        entries += [(known, parent.origin, known.meant_for) for parent, known in self.fold.merged]
        for copy, origin, place in entries:
            message = self.accepted.get(origin)
            if message is None or self._is_no_end(copy):
                continue
            path = found.setdefault((origin, place), Path(message, place))
            path.copies.append(copy)
        return {key: path for key, path in found.items() if any(path.leaves())}

    def _is_no_end(self, copy: Copy) -> bool:
        """A message at a place that fans out ends at its subscribers, unless it was taken for the copy of
        another; one that arrived ends where it is."""
        if copy.on_its_way:
            return copy.passed_on
        return self.fold.fans_out(copy.place) and copy.fate is not Fate.LOST
