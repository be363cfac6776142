"""Templates of values: fields that end with ".$" for JSONPath, texts in "{% %}" for JSONata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.sim.services.states.language import jsonata, jsonpath
from harness.sim.services.states.language.definition import JSONATA
from harness.sim.services.states.language.scope import StateScope


def evaluate(template: Any, scope: StateScope, query_language: str, field: str) -> Any:
    """The value of a template. `field` is the state's field that it stands in, for errors' texts."""
    if query_language == JSONATA:
        return _jsonata(template, scope, field)
    return _payload(template, scope)


def _payload(template: Any, scope: StateScope) -> Any:
    if isinstance(template, Mapping):
        return dict(_member(name, value, scope) for name, value in template.items())
    if isinstance(template, list):
        return [_payload(item, scope) for item in template]
    return template


def _member(name: str, value: Any, scope: StateScope) -> tuple[str, Any]:
    if name.endswith(".$"):
        return name.removesuffix(".$"), jsonpath.get(value, scope, name)
    return name, _payload(value, scope)


def _jsonata(template: Any, scope: StateScope, field: str) -> Any:
    if isinstance(template, Mapping):
        return {name: _jsonata(value, scope, f"{field}/{name}") for name, value in template.items()}
    if isinstance(template, list):
        return [_jsonata(item, scope, f"{field}[{index}]") for index, item in enumerate(template)]
    if isinstance(template, str) and jsonata.is_expression(template):
        return jsonata.evaluate(jsonata.expression_in(template), scope, field)
    return template
