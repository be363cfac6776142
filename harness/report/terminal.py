"""Recovery coverage in a terminal: tables, and each failure told once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.report.coverage import Figures, by_fault, by_place, by_scenario, shown, total
from harness.report.data import Report, Scenario

WIDTH = 110
NAME_WIDTH_MAX = 60


def lines(report: Report, *, failures: bool = False) -> Iterator[str]:
    """The whole report: all tables, and each failure in full where that is asked for."""
    yield from tables(report)
    for scenario in report["scenarios"] if failures else ():
        if scenario["failures"]:
            yield scenario["scenario"]
            yield from failures_shown(scenario)


def tables(report: Report) -> Iterator[str]:
    """The lines of all tables: by scenario, by place, by kind of fault; the total stands last."""
    sections = (("scenario", by_scenario), ("place", by_place), ("fault", by_fault))
    for title, rows_of in sections:
        rows = rows_of(report)
        if rows:
            yield from table(title, rows)
            yield ""
    yield from table("", {"TOTAL": total(report)})
    yield from notes(report)


def table(title: str, rows: Mapping[str, Figures]) -> Iterator[str]:
    """One table. `for` counts the points that were not tried because one that is alike was."""
    width = min(NAME_WIDTH_MAX, max(len(title), 24, *(len(name) for name in rows)))
    if title:
        yield f"{title:<{width}}  tried   for  survived  coverage  broken"
    for name, figures in rows.items():
        coverage = shown(figures.percent)
        line = (
            f"{_shortened(name, width):<{width}}  {figures.tried:>5} {figures.stands_for:>5}"
            f"  {figures.survived:>8}  {coverage if figures.tried else '–':>8}"
        )
        if not figures.tried:
            line += "  nothing tried"
        elif figures.why and title:
            more = f" (+{len(figures.why) - 1})" if len(figures.why) > 1 else ""
            told = next(iter(figures.why))
            line += "  " + _shortened(told, max(WIDTH - len(line) - 2 - len(more), 20)) + more
        yield line.rstrip()


def notes(report: Report) -> Iterator[str]:
    """What the figures alone don't say."""
    figures = total(report)
    if figures.unknown:
        yield f"{figures.unknown} of {figures.tried} unknown: not counted as survived"
    if figures.not_reached:
        yield f"{figures.not_reached} not reached: their fault never acted, so they count neither way"
    for one in report["scenarios"]:
        name = one["scenario"]
        if one["control"]["status"] != "survived":
            yield f"{name}: fails before any fault is added, so nothing was tried: {one['control']['why']}"
        elif not one["deterministic"]:
            yield f"{name}: two control runs differ, so nothing here can be relied on"
        elif one.get("interrupted"):
            yield f"{name}: interrupted; this is what was known by then"
        elif not one["complete"]:
            yield f"{name}: the budget was spent before all was tried"


def failures_shown(scenario: Scenario) -> Iterator[str]:
    """Each failure: why, the smallest plan in a line, the message's life, where it parts from the control
    run, and the line that makes it again."""
    for number, failure in enumerate(scenario["failures"], 1):
        if number > 1:
            yield ""
        yield f"{number}. {failure['why']}"
        count = failure["count"]
        more = f", and {count - 1} more like it" if count > 1 else ""
        yield f"   found by  {failure['name']}{more}"
        yield f"   plan      {json.dumps(failure['plan'], ensure_ascii=False)}"
        for line in failure["life"]:
            yield f"   {line}"
        if failure["parts"]:
            yield "   parts from the control run here:"
            for line in failure["parts"]:
                yield f"     {line}"
        if failure["replay"]:
            yield f"   replay    {failure['replay']}"


def summary(scenario: Scenario) -> str:
    """A scenario in a line.

    >>> summary({"scenario": "t", "tries": [], "control": {"status": "survived", "why": ""}})
    'nothing tried'
    """
    figures: Any = by_scenario({"scenarios": [scenario]})[scenario["scenario"]]
    if not figures.tried:
        return "nothing tried"
    return f"survived {figures.survived} of {figures.tried} fault points ({shown(figures.percent)})"


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


REPORTS = {"terminal": lines}
