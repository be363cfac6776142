"""Properties as the API wants them: CloudFormation takes "30" for 30 and "true" for true, boto3 doesn't."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def fitted(client: Any, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments with text, numbers and booleans turned into what the operation's model asks for.

    What can't be turned stays as it is, for boto3 to refuse by name.
    """
    operation = client.meta.method_to_api_mapping[method]
    shape = client.meta.service_model.operation_model(operation).input_shape
    fitting: dict[str, Any] = fit(shape, arguments)
    return fitting


def fit(shape: Any, value: Any) -> Any:
    """The value turned into what a shape of a service's model asks for, as far as it can be."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        members = shape.members
        return {k: fit(members[k], v) if k in members else v for k, v in value.items()}
    if kind == "map" and isinstance(value, dict):
        return {text(key): fit(shape.value, item) for key, item in value.items()}
    if kind == "list" and isinstance(value, list):
        return [fit(shape.member, item) for item in value]
    if kind == "boolean" and value in ("true", "false", "True", "False"):
        return value in ("true", "True")
    if kind in ("integer", "long") and isinstance(value, str | float):
        return _whole(value)
    if kind in ("double", "float") and isinstance(value, str):
        return _number(value)
    if kind == "string" and not isinstance(value, dict | list | None):
        return text(value)
    return value


def _whole(value: str | float) -> Any:
    try:
        return int(value) if float(value).is_integer() else value
    except (ValueError, OverflowError):
        return value


def _number(value: str) -> Any:
    try:
        return float(value)
    except ValueError:
        return value


def text(value: Any) -> str:
    """A value as attributes of queues and topics hold it: documents as JSON."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def dotted(properties: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Properties and those within them, by their dotted names.

    >>> dict(dotted({"Redrive": {"count": 3}}))
    {'Redrive': {'count': 3}, 'Redrive.count': 3}
    """
    for name, value in properties.items():
        yield f"{above}{name}", value
        if isinstance(value, Mapping):
            yield from dotted(value, f"{above}{name}.")
