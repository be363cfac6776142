"""Dynamic references: what a template takes from elsewhere in the cloud when it is deployed.

`{{resolve:KIND:…}}`: modules of `harness.app.resources` say in `REFERENCES` how a kind is read.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from harness.app.intrinsics import CannotResolve
from harness.cloud import Cloud
from harness.registry import Registry

Reader = Callable[[Cloud, str], str]
"""Reads what a reference stands for, by what follows its kind. Raises `CannotResolve` and `ClientError`."""

READERS: Registry[Reader] = Registry(
    "harness.app.resources", "kind of reference", lambda module: vars(module).get("REFERENCES", {})
)

_BEGINNING = "{{resolve:"
_REFERENCE = re.compile(r"\{\{resolve:([\w-]+):([^{}]*)\}\}")


def with_values(cloud: Cloud, value: Any) -> Any:
    """The value with what its dynamic references stand for. Raises `CannotResolve`."""
    if isinstance(value, dict):
        return {name: with_values(cloud, item) for name, item in value.items()}
    if isinstance(value, list):
        return [with_values(cloud, item) for item in value]
    if not isinstance(value, str) or _BEGINNING not in value:
        return value
    return _REFERENCE.sub(lambda found: _read(cloud, found), value)


def is_dynamic(value: Any) -> bool:
    """May there be a dynamic reference in this value?"""
    return _BEGINNING in (value if type(value) is str else repr(value))


def _read(cloud: Cloud, found: re.Match[str]) -> str:
    reference, (kind, rest) = found[0], found.groups()
    try:
        return READERS.wanted(kind)(cloud, rest)
    except (LookupError, CannotResolve) as problem:
        raise CannotResolve(f"{reference}: {problem.args[0]}") from None
    except ClientError as problem:
        told = problem.response["Error"]
        raise CannotResolve(
            f"{reference} isn't there: {told['Code']}: {told['Message']}; put it into the cloud before the "
            "app is deployed, with cloud.client(…)"
        ) from None
