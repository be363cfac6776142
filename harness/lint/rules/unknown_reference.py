"""References to resources that aren't there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from harness.app.intrinsics import references
from harness.lint.rule import Problem, Rule
from harness.lint.values import Path
from harness.lint.wiring import Resource, Wiring
from harness.near import did_you_mean

_REFERRING = ("Ref", "Fn::GetAtt", "Fn::Sub")


def unknown_reference(app: Wiring) -> Iterator[Problem]:
    """A resource or an output refers to a resource, or to a parameter, that the template doesn't have.

    CloudFormation refuses such a template, for Ref, GetAtt and Sub as for DependsOn. Name what is there.
    """
    for resource in (*app.resources, *app.outputs):
        for name in resource.depends_on:
            if name not in app.names:
                yield _problem(resource, "DependsOn", name, (), app.names)
        for how, name, within in _named(resource.raw, ()):
            if name not in app.names:
                yield _problem(resource, how, name, within, app.names)


def _problem(resource: Resource, how: str, name: str, within: Path, names: Collection[str]) -> Problem:
    meant = did_you_mean(name, (each for each in names if not each.startswith("AWS::")))
    what = f"{how} names {name!r}, which the template doesn't have"
    return Problem(resource, what, meant.removeprefix("; ") or "name what is there", within)


def _named(value: Any, path: Path) -> Iterator[tuple[str, str, Path]]:
    """Each reference: how it is made, the name, and where."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _named(item, (*path, number))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key in _REFERRING:
                parts = item if key == "Fn::Sub" and isinstance(item, list) and item else [item]
                variables = parts[1] if len(parts) > 1 and isinstance(parts[1], Mapping) else {}
                for name in references({key: parts[0]}):
                    if name not in variables:
                        yield key.removeprefix("Fn::"), name, path
            yield from _named(item, path if str(key).startswith("Fn::") else (*path, key))


RULE = Rule(
    "unknown-reference",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-ref.html",
    unknown_reference,
)
