"""From a template to its wiring: transformed and resolved as far as possible, without any cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.app.blueprint import pseudo_parameters
from harness.app.intrinsics import CannotResolve, Scope
from harness.app.macros import extended, unfolded
from harness.app.order import in_order
from harness.app.parameters import parameters_of, unread_parameters
from harness.app.sam import is_sam, names_as_written, transform
from harness.app.template import Template
from harness.lint.physical import ACCOUNT, REGION, STACK, made_up
from harness.lint.values import known
from harness.lint.wiring import OUTPUT, Resource, Wiring
from harness.lint.written import Written


def read(template: Template, text: str, given: Mapping[str, Any]) -> tuple[Wiring, Written]:
    """The connections of a template, and the lines that they are written in. Raises `TemplateError`.

    Types that can't be deployed here are read as well; a parameter without a value is unknown, no error.
    """
    values = _parameters(template, given)
    pseudo = pseudo_parameters(REGION, ACCOUNT, STACK)
    template = unfolded(template, Scope(values, pseudo, template.data.get("Mappings") or {}))
    data = dict(template.data)
    if is_sam(template):
        before = extended(template, Scope(values, pseudo, data.get("Mappings") or {}))
        data = transform(before, values, REGION)
    scope = Scope(
        values,
        pseudo,
        data.get("Mappings") or {},
        data.get("Conditions") or {},
    )
    there = {name: resource for name, resource in data["Resources"].items() if _is_there(scope, resource)}
    written = Written(template, text, names_as_written(template, data))
    missing = {name for resource in there.values() for name in _depends_on(resource)}
    order = in_order(template, there, {*data["Resources"], *missing} - set(there))
    resources = _resolved(scope, there, order, written)
    outputs = [
        Resource(name, OUTPUT, {}, output)
        for name, output in (data.get("Outputs") or {}).items()
        if isinstance(output, Mapping) and _is_there(scope, output)
    ]
    names = _names(template, data, pseudo)
    return Wiring(resources, scope.resources, names, outputs, template.folder), written


def _names(template: Template, data: Mapping[str, Any], pseudo: Mapping[str, Any]) -> frozenset[str]:
    """All that references may name."""
    declared = (template.data.get("Parameters") or {}, template.data["Resources"], data["Resources"])
    return frozenset(("AWS::NoValue", *pseudo)).union(*declared)


def _depends_on(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that a resource depends on by its own word."""
    named = resource.get("DependsOn") or ()
    named = (named,) if isinstance(named, str) else named
    return tuple(each for each in named if isinstance(each, str)) if isinstance(named, list | tuple) else ()


def _parameters(template: Template, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of those parameters that have one. Raises `TemplateError` for one that isn't allowed."""
    declared = template.data.get("Parameters") or {}
    unread = unread_parameters(template, given)
    valued = {
        name: about
        for name, about in declared.items()
        if name in given or (name not in unread and not _lacks_default(about))
    }
    valued.update({name: declared[name] for name in unread})
    return parameters_of(replace(template, data={**template.data, "Parameters": valued}), given)


def _lacks_default(declared: Any) -> bool:
    return isinstance(declared, dict) and "Default" not in declared


def _is_there(scope: Scope, resource: Mapping[str, Any]) -> bool:
    """Unless its condition surely doesn't hold."""
    if resource.get("Condition") is None:
        return True
    try:
        return scope.condition(resource["Condition"])
    except CannotResolve:
        return True


def _resolved(scope: Scope, there: Mapping[str, Any], order: list[str], written: Written) -> list[Resource]:
    made: dict[str, Resource] = {}
    for logical_id in order:
        kind, raw = there[logical_id]["Type"], there[logical_id].get("Properties") or {}
        properties = known(scope, raw)
        scope.resources[logical_id] = made_up(logical_id, kind, properties)
        depends_on = _depends_on(there[logical_id])
        made[logical_id] = Resource(logical_id, kind, properties, raw, written.name(logical_id), depends_on)
    return [made[logical_id] for logical_id in there]
