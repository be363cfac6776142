"""Proves that decoupled AWS applications recover.

The names below are the public API. They are loaded on first use: the pytest plugin lives in this
package and is imported in every test run, so importing `harness` must cost nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness import faults
    from harness.app.deployment import deploy
    from harness.app.handles.function import FunctionError
    from harness.app.template import TemplateError
    from harness.cloud import StubError, Unsupported
    from harness.expectations import Broken, Unknown, expect
    from harness.faults import Plan
    from harness.history import History
    from harness.plugin.scenario import scenario
    from harness.sim.simulator import Simulator

_HOME = {
    "Broken": "harness.expectations",
    "FunctionError": "harness.app.handles.function",
    "History": "harness.history",
    "Plan": "harness.faults",
    "Simulator": "harness.sim.simulator",
    "StubError": "harness.cloud",
    "TemplateError": "harness.app.template",
    "Unknown": "harness.expectations",
    "Unsupported": "harness.cloud",
    "deploy": "harness.app.deployment",
    "expect": "harness.expectations",
    "faults": "harness.faults",
    "scenario": "harness.plugin.scenario",
}

__all__ = [
    "Broken",
    "FunctionError",
    "History",
    "Plan",
    "Simulator",
    "StubError",
    "TemplateError",
    "Unknown",
    "Unsupported",
    "deploy",
    "expect",
    "faults",
    "scenario",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        from harness.near import did_you_mean

        raise AttributeError(f"module 'harness' has no attribute {name!r}{did_you_mean(name, _HOME)}")
    module = import_module(_HOME[name])
    return module if name == "faults" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
