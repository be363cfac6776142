"""The ledger: what became of every accepted message, at each place that it was meant for.

A view of the fold. What is owed comes from `accepted`: the cloud said yes.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.history.copies import Copy, Fate, Key, Path
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
        self._fates: list[tuple[Path, Fate]] | None = None

    def paths(self) -> Iterator[Path]:
        """Each accepted message at each place that it was meant for."""
        return iter(self.fold.paths.values())

    def path(self, message: Key, place: str) -> Path | None:
        """An accepted message at one place; None if it never was on its way there."""
        return self.fold.paths.get((message, place))

    def of(self, *fates: Fate) -> list[Path]:
        """The paths that ended so."""
        if self._fates is None:
            self._fates = [(path, path.fate) for path in self.paths()]
        return [path for path, fate in self._fates if fate in fates]

    def dead_letters(self) -> list[Copy]:
        """All copies in dead-letter queues, whoever sent them there; also those that expired there after a
        week, as a run that goes on for longer has nobody who acts.

        A dead letter for a place that fans out is where its subscribers have it.
        """
        return [
            copy
            for copy in self.fold.every_copy
            if (copy.fate is Fate.WAITING or copy.lay_long)
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
