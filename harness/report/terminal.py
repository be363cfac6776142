"""Recovery coverage in a terminal: tables, and each failure told once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.near import counted
from harness.report.coverage import Figures, by_fault, by_place, by_scenario, shown, total
from harness.report.data import Report, Scenario

NAME_WIDTH_MAX = 60
DEAD_SHOWN = 3
_COLUMNS = ("tried", "recovered", "dead-lettered", "broken", "unknown", "not reached", "coverage")


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
    """One table: a row for each name, with the number of each status."""
    width = min(NAME_WIDTH_MAX, max(len(title), 24, *(len(name) for name in rows)))
    if title:
        yield "  ".join([f"{title:<{width}}", *_COLUMNS])
    for name, figures in rows.items():
        counts = (
            figures.tried,
            figures.recovered,
            figures.dead_lettered,
            figures.broken,
            figures.unknown,
            figures.not_reached,
            shown(figures.percent) if figures.tried else "–",
        )
        cells = (f"{count:>{len(column)}}" for count, column in zip(counts, _COLUMNS, strict=True))
        line = "  ".join([f"{_shortened(name, width):<{width}}", *cells])
        yield line if figures.tried else f"{line}  nothing tried"


def notes(report: Report) -> Iterator[str]:
    """The lines beside the figures: what they don't say."""
    figures = total(report)
    if figures.dead_lettered:
        yield (
            f"{figures.dead_lettered} of {figures.tried} dead-lettered: nothing was lost, but somebody must "
            "act, though the fault passed, hit another message, or left work half done"
        )
        yield from _first(figures.dead)
    if figures.refused:
        yield (
            f"{len(figures.refused)} of {figures.recovered} recovered by a refusal, though their fault "
            "passes: whoever asked was told; claim effects_once if it has to be done even so"
        )
        yield from _first(figures.refused)
    if figures.unknown:
        yield f"{figures.unknown} of {figures.tried} unknown: not counted as recovered"
    if figures.not_reached:
        yield f"{figures.not_reached} not reached: their fault never acted, so they count neither way"
    if figures.untried:
        yield f"{figures.untried} not tried: they are like points that were"
    for one in report["scenarios"]:
        name = one["scenario"]
        if one["control"]["status"] != "recovered":
            yield f"{name}: fails as it is, so nothing was tried: {one['control']['why']}"
        elif not one["deterministic"]:
            yield f"{name}: two runs without faults differ, so no result can be relied on"
        elif one.get("interrupted"):
            yield f"{name}: interrupted; these are the results so far{_left(one)}"
        elif not one["complete"] and not _is_drawn(one):
            why = "as its budget was spent" if one.get("out_of_budget") else "at the first failure"
            yield f"{name}: ended {why}, before all was tried{_left(one)}"
        yield from (f"{name}: without any fault {line}" for line in one["control"].get("unanswered", ()))
        yield from _unjudged(one)
        yield from _dead_without_faults(one)


def _is_drawn(scenario: Scenario) -> bool:
    """Was it ended by its budget, as random plans always are? There is no all that could be tried."""
    return bool(scenario.get("out_of_budget")) and "planned" in scenario and scenario["planned"] is None


def _left(scenario: Scenario) -> str:
    """How much of what was planned was not tried; empty if nobody knows."""
    planned = scenario.get("planned")
    left = (planned or 0) - sum(int(tried.get("times", 1)) for tried in scenario["tries"])
    return f": {left:,} of {counted(planned, 'planned run')} left" if planned and left > 0 else ""


def _first(told: Mapping[str, None]) -> Iterator[str]:
    yield from (f"  {line}" for line in list(told)[:DEAD_SHOWN])
    if len(told) > DEAD_SHOWN:
        yield f"  … and {len(told) - DEAD_SHOWN} more"


def _unjudged(scenario: Scenario) -> Iterator[str]:
    """Effects that nobody looks at recover from every fault, too."""
    if places := scenario["control"].get("unjudged"):
        yield (
            f"{scenario['scenario']}: nothing looks at what is in {' and '.join(places[:DEAD_SHOWN])}, so an "
            "effect that is missing or done twice counts as recovered; claim it by "
            f'expect(app).effects_once("{places[0]}", key=…)'
        )


def _dead_without_faults(scenario: Scenario) -> Iterator[str]:
    """A message that is a dead letter anyway recovers from every fault: its coverage says nothing."""
    dead = scenario["control"].get("dead_letters") or ()
    if dead:
        yield (
            f"{scenario['scenario']}: without any fault {counted(len(dead), 'message')} already "
            f"{'ends' if len(dead) == 1 else 'end'} as a dead letter; if that is meant, claim it by "
            "expect(app).dead_letters(…)"
        )
        yield from (f"  {line}" for line in dead[:DEAD_SHOWN])


def failures_shown(scenario: Scenario) -> Iterator[str]:
    """Each failure: why, the kinds of fault that show it, the smallest plan in a line, the timeline of the
    message, the first step that differs from the control run, the line that makes it again, and those that
    are like it at other places."""
    for number, (failure, *alike) in enumerate(_together(scenario["failures"]), 1):
        if number > 1:
            yield ""
        yield f"{number}. {failure['why']}"
        yield f"   found by  {_found_by(failure)}"
        kinds = (kind if times == 1 else f"{kind} ({times}×)" for kind, times in failure["kinds"].items())
        yield f"   shown by  {', '.join(kinds)}"
        yield f"   plan      {json.dumps(failure['plan'], ensure_ascii=False)}"
        yield from (f"   {line}" for line in _own_faults(scenario))
        for line in failure["timeline"]:
            yield f"   {line}"
        if failure["parts"]:
            yield "   the first step that differs from the control run:"
            for line in failure["parts"]:
                yield f"     {line}"
        if failure["replay"]:
            yield f"   replay    {failure['replay']}"
        for other in alike:
            yield f"   also by   {_found_by(other)}: {' '.join(str(other['why']).splitlines()[1:2]).strip()}"
            if other["replay"]:
                yield f"   replay    {other['replay']}"
    if scenario.get("untold"):
        yield ""
        yield f"{scenario['untold']} more runs failed in other ways, and aren't shown"


def _found_by(failure: Mapping[str, Any]) -> str:
    more = f", and {failure['count'] - 1} more like it" if failure["count"] > 1 else ""
    return f"{failure['name']}{more}"


def _together(failures: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Failures under one kind of fault that stays, by which one claim breaks in one way, wherever it lands:
    the others stand below the first one."""
    groups: dict[Any, list[Mapping[str, Any]]] = {}
    for number, failure in enumerate(failures):
        kinds = tuple(failure["kinds"]) if failure.get("stays") else number
        groups.setdefault((failure.get("invariant"), failure.get("evidence"), kinds), []).append(failure)
    return list(groups.values())


def _own_faults(scenario: Scenario) -> Iterator[str]:
    """Faults that all runs have, as the scenario itself asks for them."""
    if faults := scenario.get("faults"):
        yield f"always    {json.dumps(faults, ensure_ascii=False)}, by @scenario(faults=…)"


DIFFERENCES = (
    "The usual causes: the order of a set, id() or hash() of an object, a file or a value at module level "
    "that the run before left, a thread, or a library in C that reads a clock or random numbers itself"
)


def control_shown(scenario: Scenario) -> Iterator[str]:
    """A control run that fails: why, what became of the message, who met at the row, the replay."""
    control = scenario["control"]
    yield "fails as it is, so there is nothing to explore:"
    yield control["why"]
    yield from _own_faults(scenario)
    yield from control.get("timeline", ())
    if control.get("overlap"):
        yield "at the same time at the same place:"
        yield from (f"  {line}" for line in control["overlap"])
    if control.get("replay"):
        yield f"replay    {control['replay']}"


def difference_shown(scenario: Scenario) -> Iterator[str]:
    """Where two control runs part, and what usually causes it."""
    yield "two runs without faults differ, so no result can be relied on:"
    yield scenario["difference"]
    yield DIFFERENCES


def summary(scenario: Scenario) -> str:
    """A scenario in a line.

    >>> summary({"scenario": "t", "tries": [], "control": {"status": "recovered", "why": ""}})
    'nothing tried'
    """
    figures: Any = by_scenario({"scenarios": [scenario]})[scenario["scenario"]]
    if not figures.tried:
        return "nothing tried"
    return f"recovered from {figures.recovered} of {figures.tried} fault points ({shown(figures.percent)})"


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


REPORTS = {"terminal": lines}
