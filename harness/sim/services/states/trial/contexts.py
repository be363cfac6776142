"""The context object that a trial of a state is given, or has by itself.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.language.text import json_problem

ALLOWED: Mapping[str, Mapping[str, type]] = MappingProxyType(
    {
        "Execution": {
            "Id": str,
            "Input": object,
            "Name": str,
            "RoleArn": str,
            "StartTime": str,
            "RedriveCount": int,
            "RedriveTime": str,
        },
        "State": {"EnteredTime": str, "Name": str, "RetryCount": int},
        "StateMachine": {"Id": str, "Name": str},
        "Task": {"Token": str},
    }
)
_KINDS = {str: "a string", int: "a number"}
_WITH_TOKEN = (".sync", ".sync:2", ".waitForTaskToken")


def context_problem(context: Any, state: StateDefinition) -> str | None:
    """The words in which AWS refuses a context object, None if it takes it."""
    if not isinstance(context, dict):
        return "Context object must be a JSON object"
    for name, value in context.items():
        if name == "Map":
            return "'Map' field is not supported when mocking a Context object"
        if name not in ALLOWED:
            return f"Field '{name}' is not allowed"
        if (why := _member_problem(name, value)) is not None:
            return why
    if "Task" in context and not str(state.raw.get("Resource", "")).endswith(_WITH_TOKEN):
        return (
            "Context object contains 'Task' when state is not a Task state with a '.sync' or "
            "'.waitForTaskToken' service integration pattern"
        )
    return None


def _member_problem(name: str, value: Any) -> str | None:
    if not isinstance(value, dict):
        return f"{name} must be an object"
    for member, given in value.items():
        kind = ALLOWED[name].get(member)
        if kind is None:
            return f"Field '{member}' is not allowed"
        if not isinstance(given, kind) or (kind is int and isinstance(given, bool)):
            return f"{name}.{member} must be {_KINDS[kind]}"
    return None


def text_problem(text: str) -> str | None:
    """The words for a context object that is no JSON."""
    return None if json_problem(text) is None else "Context object must be valid JSON"
