"""Runs a test again, without faults, when it asks how things go then."""

from __future__ import annotations

import inspect

import pytest
from _pytest.runner import call_and_report

from harness.plugin import options
from harness.plugin.runs import Run, run_of, with_control
from harness.plugin.scenario import declared_by

ALWAYS_COMPARE = frozenset(("unaffected", "retry_amplification"))
COMPARE_IF_FAULTS_ACT = frozenset(("effects_once",))


def run(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test that has a cloud; None leaves any other to pytest."""
    options = item.config.option
    if "cloud" not in getattr(item, "fixturenames", ()) or options.setuponly or options.setupshow:
        return None
    run = run_of(item)
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    with_control(run, lambda: _attempt(item, nextitem, run), foreseen=_will_ask(item))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _will_ask(item: pytest.Item) -> bool:
    """Will it ask for its control run, as far as its own code shows? Then it need not begin without one.

    Where this is wrong, a run more is made, and nothing else changes.
    """
    code = (
        getattr(inspect.unwrap(item.function), "__code__", None)
        if isinstance(item, pytest.Function)
        else None
    )
    names = frozenset(code.co_names) if code is not None else frozenset()
    if names & ALWAYS_COMPARE:
        return True
    plan, declared = options.plan(item.config), declared_by(item)
    has_faults = "inject" in names or bool(plan and plan.faults) or bool(declared and declared.faults)
    return has_faults and bool(names & COMPARE_IF_FAULTS_ACT)


def _attempt(item: pytest.Item, nextitem: pytest.Item | None, run: Run) -> None:
    """Set up, run and tear down once, with fixtures of its own; report it if it is the one that counts.

    Before another attempt, the fixtures of module and class stay set up: they are what the item's parent
    stands for.
    """
    start_afresh(item)
    try:
        reports = [call_and_report(item, "setup", log=False)]
        if reports[0].passed:
            reports.append(call_and_report(item, "call", log=False))
        run.can_repeat = False
        counts = not (run.needs_control or run.is_control)
        for report in reports if counts else []:
            item.ihook.pytest_runtest_logreport(report=report)
        if item.session.shouldfail or item.session.shouldstop:
            nextitem = None
        following = nextitem if counts else item.parent
        call_and_report(item, "teardown", log=counts, nextitem=following)
    finally:
        item._request = False  # type: ignore[attr-defined]
        item.funcargs = None  # type: ignore[attr-defined]


def start_afresh(item: pytest.Item) -> None:
    """Forget the attempt before: its fixtures, its output, its figures."""
    if hasattr(item, "_request") and not item._request:
        item._initrequest()  # type: ignore[attr-defined]
    item._report_sections.clear()
    item.user_properties.clear()
