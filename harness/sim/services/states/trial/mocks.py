"""The result or error that a trial of a state is given instead of doing the state's work.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.model import Shape

from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.language.text import json_problem

STRICT, PRESENT, NONE = "STRICT", "PRESENT", "NONE"
MOCKABLE = ("Task", "Map", "Parallel")
_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "a string"),
    "timestamp": ((str,), "a string"),
    "blob": ((str,), "a string"),
    "integer": ((int,), "a number"),
    "long": ((int,), "a number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "boolean": ((bool,), "a boolean"),
    "list": ((list,), "an array"),
    "map": ((dict,), "an object"),
    "structure": ((dict,), "an object"),
}


def mock_problem(mock: Mapping[str, Any], state: StateDefinition) -> str | None:
    """The words in which AWS refuses a mock, whatever the API of a task says. None: it doesn't."""
    if state.type not in MOCKABLE:
        return f"State type '{state.type}' is not supported when a mock is specified"
    if "result" in mock and "errorOutput" in mock:
        return "A test mock should have only one of the following fields: [result, errorOutput]."
    if "result" not in mock:
        return None
    if json_problem(mock["result"]) is not None:
        return "Mocked result must be valid JSON"
    return _shape_problem(json.loads(mock["result"]), state)


def _shape_problem(result: Any, state: StateDefinition) -> str | None:
    if state.type == "Map" and "ResultWriter" in state.raw:
        return None if isinstance(result, dict) else "Mocked result must be a JSON object."
    if state.type in ("Map", "Parallel") and not isinstance(result, list):
        return "Mocked result must be an array."
    if state.type == "Parallel" and len(result) != len(state.branches):
        return "Mocked result must contain the same number of items as number of Parallel branches."
    return None


def answer_problem(result: Any, shape: Shape | None, mode: str = STRICT, field: str = "") -> str | None:
    """The words in which AWS says that a mocked result is no answer of the task's API.

    Members that the API doesn't know are passed over. `shape`: botocore's, of the answer.
    """
    if shape is None or mode == NONE or getattr(shape, "is_document_type", False):
        return None
    if not _is_of(result, shape.type_name):
        called = _KINDS[shape.type_name][1]
        return _told(f"Field '{field}' must be {called}") if field else "Mocked result must be a JSON object."
    if shape.type_name == "string" and shape.enum and result not in shape.enum:
        return _told(f"Field '{field}' is not an expected value")
    if shape.type_name == "structure":
        return _members_problem(result, shape, mode)
    items = result if shape.type_name == "list" else result.values() if shape.type_name == "map" else ()
    inner = shape.member if shape.type_name == "list" else getattr(shape, "value", None)
    problems = (answer_problem(item, inner, mode, field) for item in items)
    return next((problem for problem in problems if problem is not None), None)


def _is_of(value: Any, type_name: str) -> bool:
    kinds, _ = _KINDS[type_name]
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _members_problem(result: Mapping[str, Any], shape: Any, mode: str) -> str | None:
    members = {_spelled(name): member for name, member in shape.members.items()}
    if mode == STRICT:
        for name in map(_spelled, shape.required_members):
            if name not in result:
                return _told(f"Required field '{name}' is missing")
    for name, value in result.items():
        if name in members and (why := answer_problem(value, members[name], mode, name)) is not None:
            return why
    return None


def _spelled(name: str) -> str:
    """A member's name as state machines have it."""
    return name[:1].upper() + name[1:]


def _told(what: str) -> str:
    return f"Mock result schema validation error: {what}"
