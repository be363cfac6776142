"""`pytest --explore`: a campaign for each `@scenario`, one report at the end.

Runs are made by workers (`harness.plugin.explored`), never in this process: whatever an app does there, the
test run goes on.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from harness.near import counted
from harness.plugin import explore_options, options
from harness.plugin.pages import store_campaign
from harness.plugin.reports import PREFIX
from harness.plugin.scenario import Scenario, declared_by
from harness.plugin.traces import failed_functions

if TYPE_CHECKING:
    from harness.explore import Campaign, Engine, Failure, Outcome, Search
    from harness.plugin.progress import Progress

_VALUED = frozenset(
    (
        *("-n", "--numprocesses", "--maxprocesses", "--dist", "--tx", "--durations", "-k", "-m"),
        *("--junitxml", "--junit-xml", "--history", "--seed", "--plan", "--budget", "--engine"),
        *("--explore-seed", "--explore-min", "--explore-faults", "--explore-report"),
        *("-c", "--config-file", "--rootdir", "--report-html", "--report-md"),
    )
)
_PLAIN = frozenset(
    ("--explore", "-x", "--exitfirst", "--pdb", "--trace", "--lf", "--last-failed", "--ff", "--sw")
)
_BEGINNINGS = ("--randomly", "--cov", "--maxfail", "--explore=")


def is_explored(item: pytest.Item) -> bool:
    """Is this test to be explored instead of run once?"""
    return item.config.getoption("explore") is not None and declared_by(item) is not None


@dataclass
class Exploration:
    """The exploration of one test session: registered as a plugin where `--explore` was given."""

    config: pytest.Config
    scenarios: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: float = 0.0
    stored: Path | None = None
    _linted: set[Path] = field(default_factory=set)

    @cached_property
    def engine(self) -> Engine:
        """Where runs are made; started for the first scenario."""
        from harness.explore import EngineError, engine_for
        from harness.explore.engine import cores

        workers = int(getattr(self.config, "workerinput", {}).get("workercount", 1))
        try:
            return engine_for(self.config.getoption("engine") or "processes", max(cores() // workers, 1))
        except EngineError as problem:
            raise pytest.UsageError(str(problem)) from None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist the options that only the controller was given."""
        node.workerinput["harness_options"] = options_for_workers(self.config)

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Explore a scenario; any other test runs as usual."""
        if not is_explored(item):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        self._explore(item)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _explore(self, item: pytest.Item) -> None:
        from harness.explore.record import record

        begun = perf_counter()
        self._show_lint(item)
        campaign, kept = self._campaign(item, begun)
        seconds = perf_counter() - begun
        replays = {
            failure.smallest.plan.to_json(): self._keep(item, failure) for failure in campaign.failures
        }
        self._forget(campaign, kept)
        if campaign.control is not None and campaign.control.failed:
            replays[""] = self._keep_control(item, campaign.control)
        declared = declared_by(item)
        data = record(item.nodeid, campaign, replays, declared.faults if declared is not None else ())
        store_campaign(self.config, item.nodeid, campaign)
        for report in self._reports(item, campaign, data, seconds):
            item.ihook.pytest_runtest_logreport(report=report)
        if campaign.interrupted:
            raise KeyboardInterrupt

    def _show_lint(self, item: pytest.Item) -> None:
        """What AWS's rules say of the template, at the head of its first campaign."""
        from harness.app.parts import find_templates, parts_of
        from harness.app.template import TemplateError

        declared = declared_by(item)
        assert declared is not None
        try:
            templates = find_templates(declared.template, item.path.parent, self.config.rootpath)
            _, parts = parts_of(templates, None)
        except TemplateError:  # the run itself says so
            return
        for part in parts:
            if part.path not in self._linted:
                self._linted.add(part.path)
                self._show_findings(part.path, declared)

    def _show_findings(self, path: Path, declared: Scenario) -> None:
        from harness.lint import lint_app, shown

        template = os.path.relpath(path, self.config.invocation_params.dir)
        findings = lint_app(template, parameters=declared.parameters or None)
        if findings:
            for line in (f"lint: {counted(len(findings), 'finding')} in {template}", *shown(findings)):
                self._say(line)

    def _campaign(self, item: pytest.Item, begun: float) -> tuple[Campaign, dict[Path, Any]]:
        from harness.explore import campaign
        from harness.explore.kept import FOLDER, kept_for
        from harness.plugin.explored import ItemRun
        from harness.plugin.progress import Head, Progress

        run = ItemRun(item.nodeid, tuple(options_for_workers(self.config)), str(self.config.rootpath))
        search = self._search(item, begun)
        kept = kept_for(item.nodeid, self.config.rootpath / FOLDER)
        progress: Progress
        with Progress(self.config, item.nodeid, search) as progress:
            plans = [failure.plan for failure in kept.values()]
            head = Head(item.nodeid, search, self._say)

            def watch(known: Campaign) -> None:
                head.show(known)
                progress.show(known)

            return campaign(run, search, engine=self.engine, kept=plans, watch=watch), kept

    def _keep_control(self, item: pytest.Item, control: Outcome) -> str:
        """Keep a run without faults that fails, so that it can be made again; gives the line that does."""
        history = "" if control.history is None else control.history.hash()
        return self._kept(item, control, history)

    def _search(self, item: pytest.Item, begun: float) -> Search:
        from harness.explore import Search

        config, declared = self.config, declared_by(item)
        mode = config.getoption("explore")
        own = declared.seed if declared is not None else None
        given = (config.getoption("explore_seed"), config.getoption("seed"), own, 0)
        runs, seconds = explore_options.budget(config)
        return Search(
            depth=2 if mode == "2" else 1,
            random=mode == "random",
            seed=next(seed for seed in given if seed is not None),
            budget_runs=runs,
            budget_seconds=None if seconds is None else max(seconds - (perf_counter() - begun), 0.0),
            stop_at_first=bool(config.getoption("maxfail") == 1),
            kinds=explore_options.kinds(config),
        )

    def _keep(self, item: pytest.Item, failure: Failure) -> str:
        """Keep a failing plan for next time; gives the line that replays it."""
        return self._kept(item, failure.smallest, failure.explanation.history)

    def _kept(self, item: pytest.Item, outcome: Outcome, history: str) -> str:
        from harness.explore.kept import FOLDER, Kept, keep

        kept = Kept(
            scenario=item.nodeid,
            plan=outcome.plan,
            invariant=outcome.invariant,
            evidence=outcome.evidence,
            history=history,
            options=tuple(options_for_workers(self.config)),
        )
        file = keep(kept, self.config.rootpath / FOLDER)
        return f"harness replay {shlex.quote(os.path.relpath(file, self.config.invocation_params.dir))}"

    def _forget(self, campaign: Campaign, kept: dict[Path, Any]) -> None:
        """A kept plan from which the app recovers now is dropped, and so is, told once, one not reached."""
        from harness.explore.kept import drop

        ended = {found.tried.plan.to_json(): found.status for found in campaign.results}
        for file, failure in kept.items():
            status = ended.get(failure.plan.to_json(), "broken")
            if status in ("recovered", "dead-lettered", "not reached"):
                drop(file)
            if status == "not reached":
                self._say(
                    f"dropped {os.path.relpath(file, self.config.invocation_params.dir)}: its fault isn't "
                    f"reached any more: {failure.plan.to_json()}"
                )

    def _say(self, line: str) -> None:
        """A line to whoever watches."""
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            if reporter._tw.width_of_current_line:  # a row of dots, under -q
                reporter._tw.line()
            reporter.write_line(line)

    def _reports(
        self, item: pytest.Item, campaign: Campaign, data: dict[str, Any], seconds: float
    ) -> list[pytest.TestReport]:
        """The reports of one test: set up, called, torn down."""
        verdict, why = self._verdict(campaign, data)
        told = why if verdict != "passed" else None
        explored, figures = {"data": data, "seconds": seconds}, _figures(campaign, verdict)
        return [
            _report(item, "setup"),
            _report(
                item,
                "call",
                outcome="passed" if told is None else "failed",
                longrepr=told,
                duration=seconds,
                user_properties=figures,
                harness_explored=explored,
            ),
            _report(item, "teardown", user_properties=[*figures, *_replays(data)]),  # JUnit reads these
        ]

    def _verdict(self, campaign: Campaign, data: dict[str, Any]) -> tuple[str, str]:
        from harness.report import failures_shown
        from harness.report.terminal import control_shown, difference_shown, summary

        control = campaign.control
        if control is None:
            return "unknown", "interrupted before it was known"
        if not campaign.can_explore:
            verdict = "failed" if control.status == "broken" else "unknown"
            logs = "" if control.history is None else failed_functions(control.history)
            told = [*control_shown(data), *(["functions that failed:", logs] if logs else [])]
            return verdict, "\n".join(told)
        if not campaign.deterministic:
            return "unknown", "\n".join(difference_shown(data))
        broken = campaign.broken
        if self.config.getoption("explore_min") is not None:  # which judges what faults did
            broken = [found for found in broken if not found.tried.plan.faults]
        if not broken and campaign.interrupted:
            return "unknown", "interrupted before everything was tried"
        if not broken:
            return "passed", ""
        worst = "failed" if any(found.status == "broken" for found in broken) else "unknown"
        return worst, "\n".join([summary(data), "", *failures_shown(data)])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what was found, also by workers of xdist."""
        found = getattr(report, "harness_explored", None)
        if found is not None:
            self.scenarios[report.nodeid] = found["data"]
            self.seconds += found["seconds"]

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """End the workers; store the report; let the coverage decide where it was asked to."""
        if "engine" in self.__dict__:
            self.engine.close()
        if not hasattr(self.config, "workerinput"):
            self._store()
            if session.exitstatus == pytest.ExitCode.OK and self.missed:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return (yield)

    def _store(self) -> None:
        from harness.report import write

        if self.scenarios:
            given = self.config.getoption("explore_report")
            file = Path(given) if given else self.config.rootpath / explore_options.REPORT
            write(self.report, file)
            self.stored = file

    @property
    def report(self) -> Any:
        """What is stored of all scenarios."""
        from harness.report import document

        seeds = (self.config.getoption("explore_seed"), self.config.getoption("seed"), 0)
        return document(
            list(self.scenarios.values()),
            seed=next(seed for seed in seeds if seed is not None),
            mode=self.config.getoption("explore"),
            cloud=options.cloud_name(self.config),
        )

    @property
    def missed(self) -> str:
        """Why the coverage is not enough; empty if it is."""
        least = self.config.getoption("explore_min")
        if least is None:
            return ""
        from harness.report import total
        from harness.report.coverage import shown

        figures = total(self.report)
        if figures.percent is None:
            return f"recovery coverage: nothing was tried, and --explore-min={least:g} asks for some"
        if figures.percent >= least:
            return ""
        return f"recovery coverage {shown(figures.percent)} is below --explore-min={least:g}: {figures}"

    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """A scenario of which nobody can say how it ends is unknown: not passed, and not failed either."""
        unknown = ("harness_verdict", "unknown") in report.user_properties
        is_it = report.when == "call" and report.failed and hasattr(report, "harness_explored")
        return ("unknown", "?", "UNKNOWN") if unknown and is_it else None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what is unknown, and the tables."""
        for report in terminalreporter.getreports("unknown"):
            terminalreporter.section(f"unknown: {report.nodeid}", sep="_")
            report.toterminal(terminalreporter._tw)
        if not self.scenarios:
            terminalreporter.line("nothing was explored: no test that ran is a @scenario")
            if self.missed:
                terminalreporter.line(f"FAILED: {self.missed}", red=True)
            return
        from harness.report import REPORTS

        terminalreporter.section("recovery coverage", sep="-")
        everything = self.config.getoption("explore_min") is not None  # no test has told its failures
        for line in REPORTS["terminal"](self.report, failures=everything):
            terminalreporter.line(line)
        runs = sum(data["runs"] for data in self.scenarios.values())
        terminalreporter.line(
            f"{runs:,} runs in {self.seconds:.1f} s ({runs / max(self.seconds, 1e-9):.1f}/s)"
        )
        if self.stored is not None:
            terminalreporter.line(f"report: {os.path.relpath(self.stored)}")
        if self.missed:
            terminalreporter.line(f"FAILED: {self.missed}", red=True)


def options_for_workers(config: pytest.Config) -> list[str]:
    """The options of this test run that decide how a test runs: without paths, reports and schedules."""
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        return list(workerinput["harness_options"])
    paths = set(config.getoption("file_or_dir") or ())
    kept: list[str] = []
    words = iter(map(str, config.invocation_params.args))
    for word in words:
        if word in _VALUED:
            next(words, None)
        elif not (
            word in paths
            or word in _PLAIN
            or word in explore_options.MODES
            or word.startswith(_BEGINNINGS)
            or word.partition("=")[0] in _VALUED
            or (word.startswith("-n") and word[2:].isdigit())
        ):
            kept.append(word)
    if config.getoption("rootdir"):
        kept.append(f"--rootdir={config.rootpath}")
    if config.getoption("inifilename"):
        kept += ["-c", str(config.inipath)]
    kept += ["-s", "-p", "no:randomly", "-p", "no:cacheprovider"]
    plugins = config.pluginmanager
    kept += ["-n0"] if plugins.hasplugin("xdist") else []
    kept += ["--no-cov"] if plugins.hasplugin("_cov") or plugins.hasplugin("pytest_cov") else []
    return kept


def _figures(campaign: Campaign, verdict: str) -> list[tuple[str, object]]:
    """What the summary at the end of the test run adds up."""
    acted, seconds = campaign.acted, campaign.seconds
    figures = {"verdict": verdict, "faults_fired": acted, "simulated_seconds": round(seconds, 3)}
    return [(f"{PREFIX}{name}", value) for name, value in figures.items()]


def _replays(data: Mapping[str, Any]) -> list[tuple[str, object]]:
    """The line that makes each failure again."""
    failures = [data["control"], *data["failures"]]
    return [(f"{PREFIX}replay", each["replay"]) for each in failures if each.get("replay")]


def _report(item: pytest.Item, when: Any, **more: Any) -> pytest.TestReport:
    """A report of one phase; passed unless told otherwise."""
    keywords: Any = dict.fromkeys(item.keywords, 1)
    given = {"outcome": "passed", "longrepr": None, **more}
    return pytest.TestReport(item.nodeid, item.location, keywords, when=when, **given)
