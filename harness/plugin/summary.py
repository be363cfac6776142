"""The block at the end of a test run: figures that travelled with the reports, added up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest

from harness.plugin.reports import PREFIX


@dataclass
class SessionTotals:
    """Sums over all scenarios of a test run. Times are in seconds."""

    verdicts: Counter[str] = field(default_factory=Counter)
    faults_fired: int = 0
    simulated: float = 0.0
    real: float = 0.0

    @property
    def scenarios(self) -> int:
        """The number of scenarios that ran."""
        return self.verdicts.total()

    def lines(self) -> list[str]:
        """The block, a line for each figure."""
        verdicts = " · ".join(f"{self.verdicts[name]:,} {name}" for name in ("passed", "failed", "unknown"))
        count = max(len(f"{number:,}") for number in (self.scenarios, self.faults_fired))
        return [
            f"scenarios  {self.scenarios:>{count},}  {verdicts}",
            f"faults     {self.faults_fired:>{count},}  fired",
            f"time       {duration(self.simulated)} simulated in {duration(self.real)}",
        ]


class Summary:
    """Counts the reports of one test run, also those that come from workers of xdist."""

    def __init__(self) -> None:
        self._totals = SessionTotals()
        self._set_up: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add one phase of one test."""
        if report.when == "setup" and not report.failed:
            self._set_up[report.nodeid] = report.duration
        figures = {name: value for name, value in report.user_properties if name.startswith(PREFIX)}
        verdict = figures.get(f"{PREFIX}verdict")
        if verdict is None:
            return
        totals = self._totals
        totals.real += report.duration + self._set_up.pop(report.nodeid, 0.0)
        if report.when == "teardown" or verdict == "skipped":
            return
        unknown = report.failed and verdict == "unknown"
        totals.verdicts["unknown" if unknown else "failed" if report.failed else "passed"] += 1
        totals.faults_fired += int(str(figures.get(f"{PREFIX}faults_fired", 0)))
        totals.simulated += float(str(figures.get(f"{PREFIX}simulated_seconds", 0)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the block, if any scenario ran."""
        if self._totals.scenarios:
            terminalreporter.section("harness", sep="-")
            for line in self._totals.lines():
                terminalreporter.line(line)


def duration(seconds: float) -> str:
    """A time span in the two units that say most.

    >>> duration(15120), duration(1.94), duration(0.02), duration(200000)
    ('4 h 12 min', '1.9 s', '20 ms', '2 d 7 h')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)]
    first = next(index for index, (_, size) in enumerate(units) if whole >= size)
    parts: list[str] = []
    for name, size in units[first : first + 2]:
        amount, whole = divmod(whole, size)
        if amount or not parts:
            parts.append(f"{amount} {name}")
    return " ".join(parts)
