"""The names that the CDK's constructs have in its tree: `Work` of a queue whose logical id is `Work8A7F31E4`.

https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

_PATH = "aws:cdk:path"
_MAIN = ("Resource", "Default")
"""The construct that stands for the one around it."""
_NESTED, _NESTED_RESOURCE = ".NestedStack", ".NestedStackResource"


def construct_names(resources: Mapping[str, Any], stack: str) -> dict[str, str]:
    """The names of those resources that have one: {logical id: path below the stack}.

    `stack` is the stack's own path. Names that two resources have are nobody's.
    """
    found = {}
    for logical_id, resource in resources.items():
        path = _path(resource)
        below = path.removeprefix(f"{stack}/") if stack else path.partition("/")[2]
        if below:
            found[logical_id] = _shortened(below)
    times = Counter([*found.values(), *resources])
    return {logical_id: name for logical_id, name in found.items() if times[name] == 1}


def nested_path(resource: Mapping[str, Any]) -> str:
    """The path of the stack that a nested stack's resource makes."""
    return _path(resource).rpartition("/")[0].removesuffix(_NESTED)


def _path(resource: Mapping[str, Any]) -> str:
    metadata = resource.get("Metadata")
    path = metadata.get(_PATH) if isinstance(metadata, dict) else None
    return path if isinstance(path, str) else ""


def _shortened(path: str) -> str:
    around, _, last = path.rpartition("/")
    if last.endswith(_NESTED_RESOURCE):
        return around.removesuffix(_NESTED)
    return around if around and last in _MAIN else path
