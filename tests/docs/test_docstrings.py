"""The docstrings of the public API: each is there, names its parameters, and shows an example that runs."""

from __future__ import annotations

import doctest
import inspect
from contextlib import ExitStack

import pytest

import harness
from harness import Simulator, expect, faults
from harness.app.handle import App
from harness.app.handles import HANDLES
from harness.app.handles.durable import Callback, DurableExecution
from harness.endpoint import Endpoint
from harness.expectations import Expect
from harness.localstack.cloud import LocalStack
from harness.plan import Fault
from tests.docs.pages import ROOT

FAULTS = {name: getattr(faults, name) for name in faults.__all__ if name not in ("Plan", "PlanError")}
CLAIMS = {f"expect.{name}": value for name, value in vars(Expect).items() if inspect.isfunction(value)}
NAMES = {name: getattr(harness, name) for name in harness.__all__}
HANDLE_KINDS = {kind.__name__: kind for kind in [*HANDLES.values(), DurableExecution, Callback]}
CLOUDS = {kind.__name__: kind for kind in (LocalStack, Endpoint)}
THINGS = {**NAMES, **{f"faults.{name}": kind for name, kind in FAULTS.items()}, **CLAIMS, **HANDLE_KINDS}


def members(kind):
    for name, value in inspect.getmembers(kind):
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            yield f"{kind.__name__}.{name}", value


METHODS = dict(found for kind in [*HANDLE_KINDS.values(), App] for found in members(kind))
CALLABLE = {name: value for name, value in METHODS.items() if inspect.isfunction(value)}
WITHOUT_EXAMPLE = {
    "Broken",
    "FunctionError",
    "StubError",
    "TemplateError",
    "Unknown",
    "Unsupported",
    "Callback",
    "scenario",
}
"""Errors, a callback that its execution's example answers, and a decorator of tests that pages show."""
PUBLIC = {name: value for name, value in THINGS.items() if not name.startswith("expect._")}


def told(kind):
    """The docstrings of a class and of those it comes from: a fault's place is told where all have it."""
    return "\n".join(base.__doc__ or "" for base in kind.__mro__)


@pytest.mark.parametrize("name", [*PUBLIC, *CLOUDS, *METHODS, "App"])
def test_it_has_a_docstring(name):
    thing = {**PUBLIC, **CLOUDS, **METHODS, "App": App}[name]
    assert (inspect.getdoc(thing) or "").strip()


@pytest.mark.parametrize("name", FAULTS)
def test_each_setting_of_a_fault_is_told(name):
    settings = inspect.signature(FAULTS[name]).parameters
    assert [setting for setting in settings if f"`{setting}`" not in told(FAULTS[name])] == []


@pytest.mark.parametrize("name", [name for name in CLAIMS if not name.startswith("expect._")])
def test_each_parameter_of_a_claim_is_told(name):
    parameters = [
        parameter for parameter in inspect.signature(CLAIMS[name]).parameters if parameter != "self"
    ]
    assert [one for one in parameters if f"`{one}`" not in CLAIMS[name].__doc__] == []


@pytest.mark.parametrize("kind", [Simulator, LocalStack, Endpoint], ids=lambda kind: kind.__name__)
def test_each_parameter_of_a_cloud_is_told(kind):
    parameters = set(inspect.signature(kind.__init__).parameters) - {"self"}
    assert sorted(one for one in parameters if f"`{one}`" not in kind.__doc__) == []


TOLD_ONCE = {"self", "logical_id", "how", "attributes", "path"}
"""Parameters that a class tells for all its methods, and keywords that are passed on."""


@pytest.mark.parametrize("name", [name for name in CALLABLE if not name.startswith("App.")])
def test_each_parameter_of_a_handle_is_told(name):
    parameters = set(inspect.signature(CALLABLE[name]).parameters) - TOLD_ONCE
    assert sorted(one for one in parameters if f"`{one}`" not in CALLABLE[name].__doc__) == []


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_names_a_page(name):
    assert "https://" in FAULTS[name].__doc__


@pytest.mark.parametrize("name", [name for name in PUBLIC if name not in WITHOUT_EXAMPLE])
def test_it_has_an_example(name):
    assert doctest.DocTestParser().get_examples(THINGS[name].__doc__)


@pytest.mark.parametrize("name", [name for name in PUBLIC if ">>>" in (inspect.getdoc(PUBLIC[name]) or "")])
def test_its_example_runs(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    thing = PUBLIC[name]
    parser = doctest.DocTestParser()
    with ExitStack() as stack:
        cloud = None if name == "Simulator" else stack.enter_context(Simulator(seed=1))
        app = cloud and cloud.deploy("fixtures/apps/orders/template.yaml")
        names = dict(vars(inspect.getmodule(thing)))
        names |= {
            "app": app,
            "chaos": cloud,
            "cloud": cloud,
            "expect": expect,
            "faults": faults,
            "harness": harness,
        }
        example = parser.get_doctest(inspect.getdoc(thing), names, name, None, 0)
        heard = []
        doctest.DocTestRunner().run(example, out=heard.append)
    assert heard == []


def test_a_fault_is_a_fault():
    assert all(issubclass(kind, Fault) for kind in FAULTS.values())
