"""The pytest plugin: options, fixtures, verdicts in reports, a summary.

It is loaded in every test run of its environment, so this module imports pytest and the standard library
only; a cloud, and with it the SDK, is loaded when the first test asks for one.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.garbage import not_while_loading
from harness.plugin import isolated, marks, options, pages, protocol, reports, traces
from harness.plugin.chaos import Chaos
from harness.plugin.runs import NoInvariantWarning, UnnoticedWarning, run_of
from harness.plugin.summary import Summary

if TYPE_CHECKING:
    from harness.plugin.clouds import CloudUnderTest

__all__ = ["NoInvariantWarning", "UnnoticedWarning"]


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """One group of options, named as the plugin is."""
    options.add(parser)
    _leave_as_it_is(pluginmanager)


def _leave_as_it_is(pluginmanager: pytest.PytestPluginManager) -> None:
    """This package's own asserts need no rewriting: pytest would compile all of its modules anew wherever
    it can't keep what it has compiled, as in most of CI, instead of loading what pip has compiled."""
    rewritten = getattr(pluginmanager.rewrite_hook, "_must_rewrite", None)
    if isinstance(rewritten, set):
        rewritten.discard(__name__.partition(".")[0])


def pytest_configure(config: pytest.Config) -> None:
    """Refuse options that make no sense before anything is collected."""
    options.check(config, os.environ)
    pages.prepare(config)
    config.addinivalue_line("markers", marks.LINE)
    config.addinivalue_line("markers", marks.EXCLUSIVE)
    if options.cloud_name(config) != options.CLOUDS[0] and not hasattr(config, "workerinput"):
        _check_cloud(config)
    config.pluginmanager.register(Summary(), "harness-summary")
    if pages.wanted(config) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(pages.Pages(config), "harness-pages")
    if config.getoption("explore") is not None:
        from harness.plugin.explore import Exploration

        config.pluginmanager.register(Exploration(config), "harness-exploration")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """A worker of xdist ends with its session: where pytest has just looked for garbage, once is enough."""
    has_looked = hasattr(config.pluginmanager.get_plugin("unraisableexception"), "pytest_unconfigure")
    if has_looked and hasattr(config, "workerinput"):
        gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out scenarios that aren't for the cloud."""
    marks.skip_other_clouds(items, options.cloud_name(config))


def _check_cloud(config: pytest.Config) -> None:
    """Say in one line what a cloud beside the simulator lacks here, before any worker starts."""
    from harness.cloud import Unsupported
    from harness.localstack.availability import demand
    from harness.localstack.install import needs

    name = options.cloud_name(config)
    try:
        if not name.startswith(options.ENDPOINT):
            demand(name)
            return
        try:
            from harness.endpoint import check_url
        except ImportError as missing:
            raise needs(name, missing) from None
        check_url(name.removeprefix(options.ENDPOINT))
    except Unsupported as problem:
        raise pytest.UsageError(f"harness: {problem}") from None


@cache
def _load_clouds() -> None:
    """Once: garbage that is young while modules are loaded counts as old from then on."""
    with not_while_loading():
        import_module("harness.plugin.clouds")


@pytest.fixture
def cloud(request: pytest.FixtureRequest) -> Iterator[CloudUnderTest]:
    """A cloud for this test alone; `cloud.deploy("template.yaml")` deploys an app to it.

    Template paths are taken from the test's own folder first, then from the root of the test run.
    """
    _load_clouds()
    from harness.plugin.clouds import cloud_for

    run = run_of(request.node)
    with cloud_for(request.node, run) as found:
        run.cloud = found
        yield found
        run.keep(found.history())
    run.store(request.config)


@pytest.fixture
def chaos(cloud: CloudUnderTest) -> Chaos:
    """Breaks things: `chaos.inject(faults.throttle("dynamodb:PutItem"))`."""
    return Chaos(cloud)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Runs a test in a process of its own, or once more without faults, where that is asked for."""
    return isolated.run(item) or protocol.run(item, nextitem)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Judges what no test has to ask for: did every fault act, was any invariant asked?"""
    run_of(item).remember_chance()
    with reports.judging(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Takes back what plugins that seed `random` have done between the set-up and the body of a test."""
    run_of(pyfuncitem).restore_chance()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds to a failure the line that replays it."""
    has_frames = traces.show_callers_only(call, item.config)
    report = yield
    if not has_frames and call.excinfo is not None:
        report.longrepr = call.excinfo.getrepr(style="value")
    reports.complete(report, item, call)
    return report


def pytest_report_header(config: pytest.Config) -> str | None:
    """Names the plan that every scenario of this run is put under."""
    plan = config.getoption("plan")
    return f"harness: plan {Path(plan)}" if plan else None
