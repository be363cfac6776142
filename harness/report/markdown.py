"""Markdown: a summary for pull requests and job pages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.report.coverage import by_scenario, shown, total
from harness.report.data import Report
from harness.report.mermaid import lines as diagram
from harness.report.stored_run import StoredRun

_SIGNS = {"passed": "✅", "failed": "❌", "unknown": "❔"}


@dataclass(frozen=True)
class EndedTest:
    """One test: its verdict, and if it failed why, and its run."""

    name: str
    verdict: str
    why: str = ""
    run: StoredRun | None = None


def lines(report: Report, *, failures: bool = False) -> Iterator[str]:
    """A table of recovery coverage, and each failure."""
    yield f"### Recovery coverage: {shown(total(report).percent)}"
    yield ""
    yield "| scenario | tried | recovered | dead-lettered | broken | unknown | coverage |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, row in by_scenario(report).items():
        counts = (row.tried, row.recovered, row.dead_lettered, row.broken, row.unknown, shown(row.percent))
        yield f"| {_cell(name)} | {' | '.join(map(str, counts))} |"
    for one in report["scenarios"]:
        if one["control"]["status"] != "recovered":
            yield from _folded(f"{one['scenario']}: fails as it is", [one["control"]["why"]])
        for failure in one["failures"]:
            told = [failure["why"], "", "plan: " + json.dumps(failure["plan"], ensure_ascii=False)]
            told += ["", *failure["timeline"]] if failure["timeline"] else []
            told += ["", failure["replay"]] if failure["replay"] else []
            yield from _folded(f"{one['scenario']}: {failure['name']}", told)


def of_tests(tests: Sequence[EndedTest]) -> Iterator[str]:
    """A line with the counts, and each test that failed with its run as a diagram."""
    counts = [(verdict, sum(test.verdict == verdict for test in tests)) for verdict in _SIGNS]
    yield "### " + " · ".join(f"{_SIGNS[verdict]} {count} {verdict}" for verdict, count in counts)
    for test in tests:
        if test.verdict != "passed":
            yield from _folded(f"{_SIGNS.get(test.verdict, '❔')} {test.name}", test.why.splitlines())
            if test.run is not None:
                yield from ("", "```mermaid", *diagram(test.run), "```")


def _folded(title: str, inside: Sequence[str]) -> Iterator[str]:
    fence = "````" if any("```" in line for line in inside) else "```"
    yield from (
        "",
        f"<details><summary>{_escaped(title)}</summary>",
        "",
        fence,
        *inside,
        fence,
        "",
        "</details>",
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _cell(text: str) -> str:
    return _escaped(text).replace("|", "\\|")


REPORTS = {"markdown": lines}
