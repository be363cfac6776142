"""`pytest --isolate`: each test in a process forked for it, and reported here.

The test runs there as it would here, its fixtures included; what it reports and warns of is sent, and the
plugins that report (the terminal, JUnit, xdist's worker) get it here and only here.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from harness import namespace
from harness.plugin import options
from harness.plugin.reports import PREFIX

if TYPE_CHECKING:
    from harness.forked import Tell

_REPORTING = (
    "pytest_runtest_logstart",
    "pytest_runtest_logreport",
    "pytest_runtest_logfinish",
    "pytest_warning_recorded",
)

_FORKED = pytest.StashKey[bool]()


def run(item: pytest.Item) -> bool:
    """Run a test in a process of its own, if that is asked for. False: it isn't, or this is that process."""
    limit = options.isolation_limit(item.config)
    if limit is None or item.config.stash.get(_FORKED, False):
        return False
    from harness.forked import Died, forked

    _prepare(item)
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    begun, phases = perf_counter(), set[str]()
    try:
        for told in forked(lambda tell: _test(item, tell), limit):
            phases.update(told.give(item))
    except Died as problem:
        phase = "teardown" if "call" in phases else "call"
        report = _died(item, phase, f"{item.name}: {problem}", perf_counter() - begun)
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@dataclass(frozen=True)
class _Report:
    """A report on its way; `give` passes it on and says of which phase it is."""

    data: dict[str, Any]

    def give(self, item: pytest.Item) -> Iterator[str]:
        report = item.config.hook.pytest_report_from_serializable(config=item.config, data=self.data)
        item.ihook.pytest_runtest_logreport(report=report)
        yield report.when


@dataclass(frozen=True)
class _Warned:
    """A warning on its way."""

    data: dict[str, Any]

    def give(self, item: pytest.Item) -> Iterator[str]:
        item.ihook.pytest_warning_recorded.call_historic(kwargs=self.data)
        yield from ()


@dataclass(frozen=True)
class _Exit:
    """`pytest.exit` on its way."""

    reason: str
    status: int | None

    def give(self, item: pytest.Item) -> Iterator[str]:
        pytest.exit(self.reason, self.status)


@dataclass
class _Sender:
    """Reports to the parent, in place of all plugins that report."""

    config: pytest.Config
    tell: Tell

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send a report."""
        hook = self.config.hook
        self.tell(_Report(hook.pytest_report_to_serializable(config=self.config, report=report)))

    def pytest_warning_recorded(self, warning_message: Any, when: str, nodeid: str, location: Any) -> None:
        """Send a warning."""
        warning_message.source = None
        try:
            pickle.dumps(warning_message)
        except Exception:  # a warning may hold anything
            warning_message.message = pytest.PytestWarning(str(warning_message.message))
            warning_message.category = pytest.PytestWarning
        data = {"when": when, "nodeid": nodeid, "location": location}
        self.tell(_Warned({**data, "warning_message": warning_message}))


def _test(item: pytest.Item, tell: Tell) -> None:
    """Run the test in this process, which was forked for it."""
    namespace.enter_if_possible()
    item.config.stash[_FORKED] = True
    for name in _REPORTING:
        hook = getattr(item.config.hook, name)
        for implementation in hook.get_hookimpls():
            hook._remove_plugin(implementation.plugin)
    told_already: Any = item.config.hook.pytest_warning_recorded._call_history
    told_already.clear()
    item.config.pluginmanager.register(_Sender(item.config, tell), "harness-sender")
    try:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    except pytest.exit.Exception as asked:
        tell(_Exit(asked.msg, asked.returncode))


def _prepare(item: pytest.Item) -> None:
    """Do here, once, what each process would have to do again."""
    namespace.available()
    folders = getattr(item.config, "_tmp_path_factory", None)
    if folders is not None:
        folders.getbasetemp()
    if "cloud" in getattr(item, "fixturenames", ()):
        from harness.plugin.clouds import load_simulator

        load_simulator()


def _died(item: pytest.Item, phase: Any, why: str, seconds: float) -> pytest.TestReport:
    """The report of a test whose process is gone: nobody knows how it would have ended."""
    return pytest.TestReport(
        item.nodeid,
        item.location,
        dict.fromkeys(item.keywords, 1),
        outcome="failed",
        longrepr=why,
        when=phase,
        sections=_captured(item.config),
        duration=seconds,
        user_properties=[(f"{PREFIX}verdict", "unknown")],
    )


def _captured(config: pytest.Config) -> list[tuple[str, str]]:
    """What it has written until then, if pytest captures it where processes write."""
    capturing: Any = config.pluginmanager.getplugin("capturemanager")
    if capturing is None or not capturing.is_globally_capturing():
        return []
    out, err = capturing.read_global_capture()
    return [(f"Captured {name}", text) for name, text in (("stdout", out), ("stderr", err)) if text]
