"""`--report-html`: all runs and campaigns of a test run, on one page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin.reports import PREFIX
from harness.plugin.runs import file_name

if TYPE_CHECKING:
    from harness.explore.search import Campaign
    from harness.report.page import ShownRun

FOLDER = Path(".harness") / "runs"
"""Where histories are until the page is made, unless `--history` says where."""


def prepare(config: pytest.Config) -> None:
    """Store histories for the page, if one is wanted; the old ones go. Raises `pytest.UsageError`."""
    file = config.getoption("report_html")
    if not file:
        return
    if Path(file).is_dir():
        raise pytest.UsageError(f"--report-html {file}: is a folder; expected a file")
    if not config.getoption("history"):
        config.option.history = str(config.rootpath / FOLDER)
        if not hasattr(config, "workerinput"):
            for old in Path(config.option.history).glob("*.jsonl"):
                old.unlink()


def store_campaign(config: pytest.Config, scenario: str, campaign: Campaign) -> None:
    """Store the run without faults, and the smallest failing runs, of a campaign."""
    if not config.getoption("report_html"):
        return
    from harness.report.page import control_name, failure_name

    runs: list[tuple[str, Any]] = []
    if campaign.control is not None:
        runs.append((control_name(scenario), campaign.control.history))
    runs += [
        (failure_name(scenario, number), failure.explanation.run)
        for number, failure in enumerate(campaign.failures)
    ]
    for name, history in runs:
        if history is not None:
            file = _file(config, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(history.to_json(), encoding="utf-8")


class HtmlReport:
    """Collects what was run, and writes the page at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._verdicts: dict[str, str] = {}
        self._written: Path | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended."""
        verdict = dict(report.user_properties).get(f"{PREFIX}verdict")
        if report.when == "call" or report.failed:
            ended = "unknown" if report.failed and verdict == "unknown" else report.outcome
            self._verdicts[report.nodeid] = "failed" if report.when == "teardown" else ended

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        from harness.report.page import page

        exploration = self._config.pluginmanager.get_plugin("harness-exploration")
        report = exploration.report if exploration is not None and exploration.scenarios else None
        runs = list(self._runs(report))
        if runs or report is not None:
            file = Path(self._config.getoption("report_html"))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(page(runs, report, title=self._config.rootpath.name), encoding="utf-8")
            self._written = file

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the page is."""
        if self._written is not None:
            file = os.path.relpath(self._written, self._config.invocation_params.dir)
            terminalreporter.line(f"page: {file}")

    def _runs(self, report: Any) -> Iterator[ShownRun]:
        from harness.report.page import ShownRun, control_name, failure_name

        explored = {} if report is None else {one["scenario"]: one for one in report["scenarios"]}
        for name, verdict in self._verdicts.items():
            if name not in explored and (file := _file(self._config, name)).exists():
                yield ShownRun(name, file.read_text(encoding="utf-8"), verdict)
        for scenario, one in explored.items():
            control = control_name(scenario)
            wanted = [(control, one["control"]["status"], one["control"]["replay"], "")]
            for number, failure in enumerate(one["failures"]):
                wanted.append((failure_name(scenario, number), failure["status"], failure["replay"], control))
            for name, status, replay, beside in wanted:
                if (file := _file(self._config, name)).exists():
                    yield ShownRun(name, file.read_text(encoding="utf-8"), status, replay, beside)


def _file(config: pytest.Config, name: str) -> Path:
    return Path(config.getoption("history")) / f"{file_name(name)}.jsonl"
