"""In which order resources are created: each after what it refers to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from harness.app.intrinsics import references
from harness.app.problems import Problems
from harness.app.template import Template
from harness.near import did_you_mean


def in_order(template: Template, resources: Mapping[str, Any], absent: Collection[str] = ()) -> list[str]:
    """Logical ids, each after those it depends on, otherwise as written.

    `absent` are those that are in the template and not created; depending on one is nothing.
    Raises `TemplateError` for resources that depend on each other.
    """
    graph = needs(template, resources, absent)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as problem:
        cycle = list(reversed(problem.args[1]))
        raise template.error(cycle[0], f"depends on itself: {' → '.join(cycle)}") from None
    return after_needed(graph)


def needs(
    template: Template, resources: Mapping[str, Any], absent: Collection[str] = ()
) -> dict[str, list[str]]:
    """The resources that each of them depends on. Raises `TemplateError` for all that name none."""
    graph: dict[str, list[str]] = {}
    problems = Problems(template.path)
    for logical_id, resource in resources.items():
        explicit = resource.get("DependsOn") or []
        explicit = [explicit] if isinstance(explicit, str) else explicit
        with problems.noted():
            if not isinstance(explicit, list) or not all(isinstance(name, str) for name in explicit):
                raise template.error(logical_id, "DependsOn: expected a logical id, or a list of them")
            for name in explicit:
                if name not in resources and name not in absent:
                    told = f"DependsOn names {name!r}, which is no resource{did_you_mean(name, resources)}"
                    raise template.error(logical_id, told)
            named = [*explicit, *references(resource.get("Properties") or {})]
            graph[logical_id] = [name for name in dict.fromkeys(named) if name in resources]
    problems.tell()
    return graph


def after_needed(graph: Mapping[str, list[str]]) -> list[str]:
    """The names of a graph without cycles, each after those it needs, otherwise as written."""
    done: dict[str, None] = {}

    def visit(logical_id: str) -> None:
        if logical_id not in done:
            for needed in graph[logical_id]:
                visit(needed)
            done[logical_id] = None

    for logical_id in graph:
        visit(logical_id)
    return list(done)
