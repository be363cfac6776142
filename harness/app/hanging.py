"""Resources that depend on one that is left out: those that make no sense without it are left out, too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from harness.app.intrinsics import references
from harness.app.resources import TYPES


def with_what_hangs_on(resources: Mapping[str, Any], left_out: Mapping[str, str]) -> dict[str, str]:
    """The resources that hang on those that are left out, directly or not, and why each does.

    A subscription hangs on its topic and its endpoint, a mapping on its function and its source (see
    `ResourceType.part_of`); a resource of a type that isn't known here hangs on whatever it refers to.
    """
    hanging: dict[str, str] = {}
    while True:
        gone = {*left_out, *hanging}
        found = {
            logical_id: f"left out, as it hangs on {', '.join(missing)}"
            for logical_id, resource in resources.items()
            if logical_id not in gone and (missing := _missing(resource, gone))
        }
        if not found:
            return hanging
        hanging |= found


def parts_that_stay(kind: str, properties: Mapping[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    """Lists of what a resource belongs to, as the queues of a policy, or tells of something, as the targets
    of a bucket, without those that are left out."""
    known = TYPES.get(kind)
    if known is None:
        return {}
    belongs = {
        name: _that_stay(properties[name], left_out, within)
        for name, _, within in (asked.partition(".") for asked in known.part_of)
        if isinstance(properties.get(name), list)
    }
    tells = {
        name: {key: _that_stay(value, left_out) for key, value in properties[name].items()}
        for name in known.may_lack
        if isinstance(properties.get(name), Mapping)
    }
    return belongs | tells


def _that_stay(value: Any, left_out: Collection[str], within: str = "") -> Any:
    if not isinstance(value, list):
        return value
    return [item for item in value if not _named(_inner(item, within), left_out)]


def _inner(value: Any, within: str) -> Any:
    """A property of a value; the value itself where none is asked for, or where a function gives it."""
    return value.get(within, value) if within and isinstance(value, Mapping) else value


def _missing(resource: Mapping[str, Any], gone: Collection[str]) -> list[str]:
    """The missing resource that a resource depends on."""
    properties = resource.get("Properties") or {}
    known = TYPES.get(resource["Type"])
    if known is None:
        return _named(properties, gone)
    for asked in sorted(known.part_of):
        name, _, within = asked.partition(".")
        value = properties.get(name)
        items = [_inner(item, within) for item in (value if isinstance(value, list) else [value])]
        if items and all(_named(item, gone) for item in items):
            return _named(items, gone)
    return []


def _named(value: Any, gone: Collection[str]) -> list[str]:
    return [name for name in dict.fromkeys(references(value)) if name in gone]
