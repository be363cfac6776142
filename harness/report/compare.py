"""What a change broke: two reports of the same scenarios, side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.report.coverage import Figures, by_scenario, counted, shown, total
from harness.report.data import Report

Key = tuple[str, str, str, str, str]
"""A fault point over changes of the code: scenario, path, place, fault, and what it came after."""

_WORST_FIRST = ("broken", "unknown", "survived", "not reached")


@dataclass(frozen=True)
class Change:
    """A fault point that ends in another way than before; "" where it doesn't exist."""

    key: Key
    before: str
    now: str
    why: str = ""

    def __str__(self) -> str:
        scenario, _, place, fault, after = self.key
        first = f"{after}, then " if after else ""
        why = f": {self.why}" if self.why else ""
        return f"  {scenario}  {first}{place}: {fault}  {self.before or 'new'} → {self.now or 'gone'}{why}"


@dataclass(frozen=True)
class Comparison:
    """`broke`: fails now, and didn't before. `mended`: the other way round. `appeared`: new ones that are
    survived. `gone`: fault points that were tried before and aren't any more."""

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
            yield f"new fault points that are survived: {self.appeared}"
        if self.gone:
            yield f"fault points that are gone: {len(self.gone)}"
        if not (self.broke or self.mended or self.appeared or self.gone):
            yield "no fault point ends in another way than before"


def compare(now: Report, before: Report) -> Comparison:
    """What is different in `now`."""
    old, new = _ends(before), _ends(now)
    changes = [
        Change(key, old.get(key, ("", ""))[0], *new.get(key, ("", "")))
        for key in sorted({*old, *new})
        if old.get(key, ("", ""))[0] != new.get(key, ("", ""))[0]
    ]
    rows_before, rows_now = by_scenario(before), by_scenario(now)
    rows = {
        name: (rows_before.get(name), rows_now.get(name))
        for name in sorted({*rows_before, *rows_now})
        if _percent(rows_before.get(name)) != _percent(rows_now.get(name))
    }
    return Comparison(
        broke=tuple(change for change in changes if _fails(change.now) and not _fails(change.before)),
        mended=tuple(change for change in changes if _fails(change.before) and change.now == "survived"),
        appeared=sum(change.before == "" and change.now == "survived" for change in changes),
        gone=tuple(change for change in changes if change.now == ""),
        rows=rows,
        totals=(total(before), total(now)),
    )


def _ends(report: Report) -> dict[Key, tuple[str, str]]:
    """How each point ended, and why; the worst of its representatives."""
    found: dict[Key, list[Mapping[str, Any]]] = defaultdict(list)
    for one in report["scenarios"]:
        for tried in counted(one):
            key = (one["scenario"], tried["path"], tried["place"], tried["fault"], tried["after"])
            found[key].append(tried)
    return {key: _worst(tries) for key, tries in found.items()}


def _worst(tries: list[Mapping[str, Any]]) -> tuple[str, str]:
    worst = min(tries, key=lambda tried: _WORST_FIRST.index(tried["status"]))
    return worst["status"], worst["why"]


def _fails(status: str) -> bool:
    return status in ("broken", "unknown")


def _percent(figures: Figures | None) -> float | None:
    return None if figures is None else figures.percent


def _of(figures: Figures | None) -> str:
    return "not explored" if figures is None else shown(figures.percent)
