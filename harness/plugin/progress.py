"""The live line of a campaign: on a terminal only, and gone when the campaign has ended."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

import pytest

from harness.plugin.summary import duration

if TYPE_CHECKING:
    from harness.explore import Campaign, Search


MEASURED = 5
"""So many runs are made before it is said how long all of them take."""


class Head:
    """Says at the head of a campaign without a budget how many runs are planned and how long they take.

    Of pairs, the first faults: which second ones there are shows only then.
    """

    def __init__(self, name: str, search: Search, say: Callable[[str], object]) -> None:
        self._name = name
        self._say = say
        self._said = search.budget_runs is not None or search.budget_seconds is not None
        self._pairs = search.depth > 1
        self._begun: float | None = None

    def show(self, known: Campaign) -> None:
        """One run more is known."""
        if self._said:
            return
        if known.planned is None:  # the control runs: what comes before them isn't done again
            self._begun = monotonic()
            return
        if self._begun is None or known.tried < min(MEASURED, known.planned):
            return
        self._said = True
        seconds = (monotonic() - self._begun) / known.tried * known.planned
        pairs = "; pairs come on top" if self._pairs else ""
        self._say(f"{self._name}: {known.planned} runs planned, about {duration(seconds)}{pairs}")


class Progress:
    """Shows runs, runs a second, what was found and how long it will take. A context manager."""

    def __init__(self, config: pytest.Config, name: str, search: Search) -> None:
        self._name = name
        self._search = search
        self._begun = monotonic()
        self._bar: Any = None
        self._task: Any = None
        writer = config.get_terminal_writer()
        if writer.hasmarkup and writer._file.isatty():
            self._bar = _bar(writer._file)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._task = self._bar.add_task(self._name.rpartition("::")[2], total=None, found=0, rate=0.0)
            self._bar.start()
        return self

    def __exit__(self, *args: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, known: Campaign) -> None:
        """One run more is known."""
        if self._bar is None:
            return
        seconds = max(monotonic() - self._begun, 1e-6)
        done, total = float(known.tried), self._total(known)
        if self._search.budget_seconds is not None and known.planned is None:
            done, total = min(seconds, self._search.budget_seconds), self._search.budget_seconds
        found = len(known.broken)
        self._bar.update(self._task, completed=done, total=total, found=found, rate=known.runs / seconds)

    def _total(self, known: Campaign) -> float | None:
        limits = [limit for limit in (known.planned, self._search.budget_runs) if limit is not None]
        return float(min(limits)) if limits else None


def _bar(file: Any) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[rate]:.1f} runs/s"),
        TextColumn("{task.fields[found]} found"),
        TimeRemainingColumn(),
        console=Console(file=file),
        transient=True,
    )
