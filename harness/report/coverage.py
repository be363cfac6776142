"""Recovery coverage: fault points recovered from ÷ fault points tried, as numbers that add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import floor
from typing import Any

from harness.report.data import Report, Scenario

NO_POINTS = frozenset(("interleaving", "kept"))
"""Kinds of try that are no fault points, or count already: they find failures, and aren't coverage."""


_COUNTER = {
    "recovered": "recovered",
    "dead-lettered": "dead_lettered",
    "broken": "broken",
    "unknown": "unknown",
    "not reached": "not_reached",
}


@dataclass
class Figures:
    """The counts of one row. `tried` are those that were reached: all but `not_reached`.

    `untried` counts points that are like one that was tried. `dead` says which messages are dead letters,
    `refused` which ones the app refused though their fault passes.
    """

    recovered: int = 0
    dead_lettered: int = 0
    broken: int = 0
    unknown: int = 0
    not_reached: int = 0
    untried: int = 0
    dead: dict[str, None] = field(default_factory=dict)
    refused: dict[str, None] = field(default_factory=dict)

    @property
    def tried(self) -> int:
        """The number that counts."""
        return self.recovered + self.dead_lettered + self.broken + self.unknown

    @property
    def percent(self) -> float | None:
        """The coverage; None if nothing was tried, which is neither 0 nor 100."""
        return None if not self.tried else 100.0 * self.recovered / self.tried

    def __str__(self) -> str:
        """The counts in a line, without those that are 0.

        >>> str(Figures(recovered=7, dead_lettered=1, broken=2, not_reached=3))
        '7 of 10 recovered, 1 dead-lettered, 2 broken; 3 not reached'
        """
        others = {"dead-lettered": self.dead_lettered, "broken": self.broken, "unknown": self.unknown}
        told = [f"{self.recovered} of {self.tried} recovered"]
        told += [f"{count} {status}" for status, count in others.items() if count]
        more = f"; {self.not_reached} not reached" if self.not_reached else ""
        return ", ".join(told) + more

    def to_data(self) -> dict[str, Any]:
        """As plain data; `percent` is null if nothing was tried."""
        counts = {name: getattr(self, name) for name in ("tried", *_COUNTER.values(), "untried", "percent")}
        return counts | {"dead": list(self.dead)}

    def add(self, tried: Mapping[str, Any]) -> None:
        """Count one try, or as many alike as its entry says."""
        counter = _COUNTER[tried["status"]]
        setattr(self, counter, getattr(self, counter) + int(tried.get("times", 1)))
        self.untried += int(tried["untried"])
        told = {"dead-lettered": self.dead, "recovered": self.refused}.get(tried["status"])
        if told is not None and tried["why"]:
            told[f"{tried['point']}: {tried['fault']}: {tried['why']}"] = None


def shown(percent: float | None) -> str:
    """A percentage as people read it: 100% only if it is all, 0% only if it is none.

    >>> shown(99.99), shown(100.0), shown(0.01), shown(83.3), shown(None)
    ('99%', '100%', '1%', '83%', 'nothing tried')
    """
    if percent is None:
        return "nothing tried"
    if percent in (0.0, 100.0):
        return f"{percent:.0f}%"
    return f"{min(max(floor(percent + 0.5), 1), 99)}%"


def counted(scenario: Scenario) -> Iterator[Mapping[str, Any]]:
    """The tries of a scenario that are fault points."""
    return (tried for tried in scenario["tries"] if tried["kind"] not in NO_POINTS)


def by_scenario(report: Report) -> dict[str, Figures]:
    """A row for each scenario."""
    return {one["scenario"]: _sum(counted(one)) for one in report["scenarios"]}


def by_place(report: Report) -> dict[str, Figures]:
    """A row for each place where faults landed."""
    return _grouped(report, lambda tried: str(tried["place"]))


def by_fault(report: Report) -> dict[str, Figures]:
    """A row for each kind of fault."""
    return _grouped(report, lambda tried: str(tried["kind"]))


def total(report: Report) -> Figures:
    """All of it."""
    return _sum(tried for one in report["scenarios"] for tried in counted(one))


def figures_to_data(report: Report) -> dict[str, Any]:
    """All of it and each row, as plain data."""
    rows = {"scenarios": by_scenario, "places": by_place, "faults": by_fault}
    found = {name: {row: each.to_data() for row, each in by(report).items()} for name, by in rows.items()}
    return {"total": total(report).to_data(), **found}


def _grouped(report: Report, key: Callable[[Mapping[str, Any]], str]) -> dict[str, Figures]:
    rows: dict[str, Figures] = {}
    for one in report["scenarios"]:
        for tried in counted(one):
            rows.setdefault(key(tried), Figures()).add(tried)
    return dict(sorted(rows.items()))


def _sum(tries: Iterable[Mapping[str, Any]]) -> Figures:
    figures = Figures()
    for tried in tries:
        figures.add(tried)
    return figures
