"""The comparison of two reports of the same scenarios: fault points that a change broke or mended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.report.coverage import Figures, by_scenario, counted, shown, total
from harness.report.data import Report

Key = tuple[str, str, str, str, str]
"""A fault point over changes of the code: scenario, path, place, fault, and what it came after."""

_WORST_FIRST = ("broken", "unknown", "dead-lettered", "recovered", "not reached")


@dataclass(frozen=True)
class Change:
    """A fault point with another status than before; "" where it doesn't exist."""

    key: Key
    before: str
    now: str
    why: str = ""
    failing: tuple[int, int] = (0, 0)
    """The numbers of its representatives that failed before, and that fail now."""

    def __str__(self) -> str:
        scenario, _, place, fault, after = self.key
        first = f"{after}, then " if after else ""
        why = f": {self.why}" if self.why else ""
        before, now = self.before or "new", self.now or "gone"
        if before == now:
            before, now = (
                f"{word} ({count}×)" for word, count in zip((before, now), self.failing, strict=True)
            )
        return f"  {scenario}  {first}{place}: {fault}  {before} → {now}{why}"

    def to_data(self) -> dict[str, Any]:
        """As plain data."""
        scenario, path, place, fault, after = self.key
        point = {"scenario": scenario, "path": path, "place": place, "fault": fault, "after": after}
        return point | {
            "before": self.before,
            "now": self.now,
            "why": self.why,
            "failing": list(self.failing),
        }


@dataclass(frozen=True)
class Comparison:
    """`broke`: fails now, and didn't before, or not for so many. `mended`: the other way round.
    `appeared`: new ones that are recovered from. `gone`: were tried before and aren't any more."""

    broke: tuple[Change, ...]
    mended: tuple[Change, ...]
    appeared: int
    gone: tuple[Change, ...]
    rows: Mapping[str, tuple[Figures | None, Figures | None]]
    totals: tuple[Figures, Figures]

    def lines(self) -> Iterator[str]:
        """The comparison, for a terminal."""
        before, now = self.totals
        yield f"recovery coverage: {shown(before.percent)} → {shown(now.percent)}"
        for name, (old, new) in self.rows.items():
            yield f"  {name}: {_of(old)} → {_of(new)}"
        for title, changes in (("broken by this change", self.broke), ("mended", self.mended)):
            if changes:
                yield f"{title}: {len(changes)}"
                yield from map(str, changes)
        if self.appeared:
            yield f"new fault points that are recovered from: {self.appeared}"
        if self.gone:
            yield f"fault points that are gone: {len(self.gone)}"
        if not (self.broke or self.mended or self.appeared or self.gone):
            yield "no fault point has another status than before"

    def to_data(self) -> dict[str, Any]:
        """As plain data."""
        before, now = self.totals
        return {
            "before": before.to_data(),
            "now": now.to_data(),
            "broke": [change.to_data() for change in self.broke],
            "mended": [change.to_data() for change in self.mended],
            "appeared": self.appeared,
            "gone": [change.to_data() for change in self.gone],
        }


def compare(now: Report, before: Report) -> Comparison:
    """Compare `now` with `before`."""
    old, new = _ends(before), _ends(now)
    pairs = [(key, old.get(key, _NONE), new.get(key, _NONE)) for key in sorted({*old, *new})]
    changes = [
        Change(key, was.status, end.status, end.why, (was.failing, end.failing))
        for key, was, end in pairs
        if was.differs_from(end)
    ]
    rows_before, rows_now = by_scenario(before), by_scenario(now)
    rows = {
        name: (rows_before.get(name), rows_now.get(name))
        for name in sorted({*rows_before, *rows_now})
        if _percent(rows_before.get(name)) != _percent(rows_now.get(name))
    }
    return Comparison(
        broke=tuple(change for change in changes if change.failing[1] > change.failing[0]),
        mended=tuple(change for change in changes if _is_mended(change)),
        appeared=sum(change.before == "" and change.now == "recovered" for change in changes),
        gone=tuple(change for change in changes if change.now == ""),
        rows=rows,
        totals=(total(before), total(now)),
    )


def _is_mended(change: Change) -> bool:
    before, now = change.failing
    return now < before and change.now not in ("", "not reached")


@dataclass(frozen=True)
class _End:
    """The end of a point: that of the worst of its representatives, of which `failing` failed."""

    status: str = ""
    why: str = ""
    failing: int = 0

    def differs_from(self, other: _End) -> bool:
        return (self.status, self.failing) != (other.status, other.failing)


_NONE = _End()


def _ends(report: Report) -> dict[Key, _End]:
    """The end of each point."""
    found: dict[Key, list[Mapping[str, Any]]] = defaultdict(list)
    for one in report["scenarios"]:
        for tried in counted(one):
            key = (one["scenario"], tried["path"], tried["place"], tried["fault"], tried["after"])
            found[key].append(tried)
    return {key: _worst(tries) for key, tries in found.items()}


def _worst(tries: list[Mapping[str, Any]]) -> _End:
    worst = min(tries, key=lambda tried: _WORST_FIRST.index(tried["status"]))
    return _End(worst["status"], worst["why"], sum(_fails(tried["status"]) for tried in tries))


def _fails(status: str) -> bool:
    return status in ("dead-lettered", "broken", "unknown")


def _percent(figures: Figures | None) -> float | None:
    return None if figures is None else figures.percent


def _of(figures: Figures | None) -> str:
    return "not explored" if figures is None else shown(figures.percent)
