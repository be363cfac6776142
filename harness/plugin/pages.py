"""`--report-html` and `--report-md`: all runs and campaigns of a test run, for browsers and pull requests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin.reports import PREFIX
from harness.plugin.runs import file_name

if TYPE_CHECKING:
    from harness.explore.search import Campaign
    from harness.report.markdown import EndedTest
    from harness.report.page import ShownRun

FOLDER = Path(".harness") / "runs"
"""Where histories are until the pages are made, unless `--history` says where."""
OPTIONS = ("report_html", "report_md")


def wanted(config: pytest.Config) -> bool:
    """Is any page wanted?"""
    return any(config.getoption(option) for option in OPTIONS)


def prepare(config: pytest.Config) -> None:
    """Store histories for the pages, if any is wanted; the old ones go. Raises `pytest.UsageError`."""
    for option in OPTIONS:
        file = config.getoption(option)
        if file and Path(file).is_dir():
            raise pytest.UsageError(f"--{option.replace('_', '-')} {file}: is a folder; expected a file")
    if wanted(config) and not config.getoption("history"):
        config.option.history = str(config.rootpath / FOLDER)
        if not hasattr(config, "workerinput"):
            for old in Path(config.option.history).glob("*.jsonl"):
                old.unlink()


def store_campaign(config: pytest.Config, scenario: str, campaign: Campaign) -> None:
    """Store the run without faults, and the smallest failing runs, of a campaign."""
    if not wanted(config):
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


@dataclass
class _Test:
    """How a test ended: its verdict; and if it failed, where and why."""

    verdict: str
    file: str = ""
    line: int = 0
    why: str = ""


class Pages:
    """Collects what was run, and writes the pages at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._tests: dict[str, _Test] = {}
        self._written: list[Path] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended."""
        verdict = dict(report.user_properties).get(f"{PREFIX}verdict")
        if report.failed:
            is_unknown = verdict == "unknown" and report.when == "call"
            file, line, _ = report.location
            self._tests[report.nodeid] = _Test(
                "unknown" if is_unknown else "failed", file, (line or 0) + 1, _why(report)
            )
        elif report.when == "call":
            self._tests[report.nodeid] = _Test(report.outcome)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the pages."""
        exploration = self._config.pluginmanager.get_plugin("harness-exploration")
        report = exploration.report if exploration is not None and exploration.scenarios else None
        if not self._tests and report is None:
            return
        if html := self._config.getoption("report_html"):
            from harness.report.page import page

            text = page(list(self._runs(report)), report, title=self._config.rootpath.name)
            self._write(Path(html), text)
        if markdown := self._config.getoption("report_md"):
            text = "\n".join(self._summary(report)) + "\n"
            self._write(Path(markdown), text)
            if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
                with Path(summary).open("a", encoding="utf-8") as job:
                    job.write(text)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the pages are; annotate failures in GitHub Actions."""
        for file in self._written:
            terminalreporter.line(f"page: {os.path.relpath(file, self._config.invocation_params.dir)}")
        if self._config.getoption("report_md") and os.environ.get("GITHUB_ACTIONS") == "true":
            for name, test in self._tests.items():
                if test.why:
                    terminalreporter.line(_annotation(name, test))

    def _write(self, file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self._written.append(file)

    def _summary(self, report: Any) -> Iterator[str]:
        from harness.report.markdown import lines, of_tests

        yield from of_tests(list(self._ended()))
        if report is not None:
            yield ""
            yield from lines(report)

    def _ended(self) -> Iterator[EndedTest]:
        from harness.report import stored_run
        from harness.report.markdown import EndedTest

        for name, test in self._tests.items():
            file = _file(self._config, name)
            run = stored_run(file.read_text(encoding="utf-8")) if test.why and file.exists() else None
            yield EndedTest(name, test.verdict, test.why, run)

    def _runs(self, report: Any) -> Iterator[ShownRun]:
        from harness.report.page import ShownRun, control_name, failure_name

        explored = {} if report is None else {one["scenario"]: one for one in report["scenarios"]}
        for name, test in self._tests.items():
            if name not in explored and (file := _file(self._config, name)).exists():
                yield ShownRun(name, file.read_text(encoding="utf-8"), test.verdict)
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


def _why(report: pytest.TestReport) -> str:
    """The first words about a failure."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash is not None else report.longreprtext)


def _annotation(name: str, test: _Test) -> str:
    """A failure as GitHub Actions shows it beside the code.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    text = test.why.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    title = name.replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
    return f"::error file={test.file},line={test.line},title={title}::{text}"
