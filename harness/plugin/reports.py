"""Judges what no test has to ask for, and completes reports."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin import traces
from harness.plugin.runs import (
    ControlNeeded,
    IdleStubWarning,
    NoInvariantWarning,
    Run,
    UnnoticedWarning,
    run_of,
)

if TYPE_CHECKING:
    from harness.history import Event, History

PREFIX = "harness_"
"""Names of the properties that travel with reports, to JUnit files and to the summary, begin so."""


@contextmanager
def judging(item: pytest.Item) -> Iterator[None]:
    """Around a test's body: a fault that never acted fails it, no invariant at all is worth a warning."""
    run = run_of(item)
    from_fixtures = _idle_stubs(run)
    try:
        yield
    except BaseException as error:
        _note_figures(item, run, _verdict(error))
        if run.cloud is not None and isinstance(error, Exception):
            told = [line for line in _broken_stubs(run) if line not in str(error)]
            if wrong := "\n".join(filter(None, [*told, _never_fired(run)])):
                item.add_report_section("call", "harness", wrong)
        raise
    broken, missed, idle = _broken_stubs(run), _never_fired(run), _claims_of_idle_app(run)
    _note_figures(item, run, "failed" if broken or missed else "unknown" if idle else "passed")
    if broken:
        from harness.cloud import StubError

        raise StubError("\n".join(broken))
    if missed:
        pytest.fail(missed, pytrace=False)
    if idle:
        from harness.expectations import Unknown

        raise Unknown(idle)
    _warn_without_invariant(item, run)
    for stub in _idle_stubs(run):
        if stub not in from_fixtures:
            item.warn(
                IdleStubWarning(f"{item.name}: nothing was sent to {stub.host}, which stub_http answers for")
            )


def complete(report: pytest.TestReport, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Add the line that replays a failure, and hide attempts that are repeated from debuggers."""
    run = run_of(item)
    if run.is_control or (call.excinfo is not None and isinstance(call.excinfo.value, ControlNeeded)):
        report.wasxfail = "this attempt is not reported"
    elif report.failed and run.cloud is not None:
        _explain(report, item, run)
    if report.when == "teardown":
        run.release()


def _explain(report: pytest.TestReport, item: pytest.Item, run: Run) -> None:
    assert run.cloud is not None
    told: list[tuple[str, object]] = [(f"{PREFIX}replay", run.cloud.replay_line)]
    if report.when == "setup":
        told.append((f"{PREFIX}verdict", "failed"))
    report.user_properties.extend(told)
    item.user_properties.extend(told)  # JUnit files have those of the last phase
    if failed := traces.failed_functions(run.cloud.history()):
        report.sections.append(("harness: functions that failed", failed))
    from harness.history.unanswered import unanswered

    if asked := unanswered(run.cloud.history()):
        report.sections.append(("harness: third parties that nobody answers for", "\n".join(asked)))
    from harness.cloud import MayEnd

    if isinstance(run.cloud, MayEnd) and (how := run.cloud.ended()):
        report.sections.append((f"harness: {run.cloud.name} has ended", how))
    lines = [f"replay: {run.cloud.replay_line}"]
    if file := run.file(item.config):
        lines.append(f"history: {file}")
    report.sections.append(("harness", "\n".join(lines)))


def _never_fired(run: Run) -> str:
    """A few lines for each fault that had to act and didn't; empty if there is none."""
    if run.cloud is None or run.is_control:
        return ""
    from harness.plugin.unfired import never_fired

    return never_fired(run.cloud)


def _broken_stubs(run: Run) -> list[str]:
    """A line for each mistake of the test's own function that answers for a third party."""
    if run.cloud is None:
        return []
    from harness.cloud import StubsHttp

    return run.cloud.broken_stubs() if isinstance(run.cloud, StubsHttp) else []


def _idle_stubs(run: Run) -> list[Any]:
    """The stubs that nothing was sent to."""
    if run.cloud is None:
        return []
    from harness.cloud import StubsHttp

    return run.cloud.idle_stubs() if isinstance(run.cloud, StubsHttp) else []


def _note_figures(item: pytest.Item, run: Run, verdict: str) -> None:
    if run.cloud is None or run.plan is not None:
        return
    history = run.cloud.history()
    figures = {
        "cloud": run.cloud.name,
        "seed": run.cloud.seed,
        "verdict": verdict,
        "faults_fired": len(history.of("fault")),
        "simulated_seconds": round(run.cloud.elapsed, 3),
        "history": history.hash(),
        "invariants": "; ".join(_asked(event.data, event.subject) for event in history.of("expectation")),
    }
    item.user_properties.extend((f"{PREFIX}{name}", value) for name, value in figures.items())


def _asked(data: Mapping[str, Any], invariant: str) -> str:
    """An invariant, as it was asked, and its verdict."""
    return f"{'broken.' if data['negated'] else ''}{invariant}: {data['verdict']}"


def _verdict(error: BaseException) -> str:
    """Unknown is neither passed nor failed."""
    if isinstance(error, pytest.skip.Exception):
        return "skipped"
    expect = sys.modules.get("harness.expectations")
    return "unknown" if expect is not None and isinstance(error, expect.Unknown) else "failed"


def _claims_dead_letters(history: History) -> bool:
    """Did a claim ask for dead letters, so that failing is the app's work?"""
    asked = [event.data for event in history.of("expectation") if event.subject == "dead_letters"]
    return any(
        not each["negated"] and (each["params"].get("exactly") or each["params"].get("at_least"))
        for each in asked
    )


def _claims_of_idle_app(run: Run) -> str:
    """Why claims that held mean nothing: no function ran to its end, though nothing was made to go wrong.

    Empty if one did, or if a claim asked for just that; or if the test caught that one is broken.
    """
    if run.cloud is None or run.is_control or not run.cloud.apps_deployed:
        return ""
    history = run.cloud.history()
    ended = history.of("invocation-ended")
    asked = history.of("expectation")
    verdicts = {event.data["verdict"] for event in asked}
    meant = any(event.data["negated"] for event in asked) or _claims_dead_letters(history)
    if "holds" not in verdicts or "broken" in verdicts or meant:
        return ""
    if not ended or any(map(_succeeded, ended)) or history.of("fault"):
        return ""
    return (
        "unknown: no invocation succeeded, though no fault acted: the claims held of an app that did "
        f'nothing. Look at app.function("{ended[0].subject}").logs(); if it is to fail, claim that: '
        "expect(app).dead_letters(…)"
    )


def _succeeded(ended: Event) -> bool:
    """Did it end well, and with any of its messages?"""
    failed = set(ended.data.get("failed") or ())
    return ended.data.get("outcome") == "ok" and (not ended.messages or not failed.issuperset(ended.messages))


def _warn_without_invariant(item: pytest.Item, run: Run) -> None:
    if run.cloud is None or run.is_control or not run.cloud.apps_deployed:
        return
    history = run.cloud.history()
    for told in traces.unnoticed(history):
        item.warn(UnnoticedWarning(f"{item.name}: {told}"))
    if not history.of("expectation"):
        item.warn(
            NoInvariantWarning(
                f"{item.name} deploys an app and asks for no invariant: only what it asserts itself is "
                "judged. Add what must hold in every run, such as expect(app).nothing_lost()"
            )
        )
