"""Names that a service refuses, and moto would take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.sim.services.service import ServiceError
from harness.wire import Params, Stamp


@dataclass(frozen=True, slots=True)
class NameRule:
    """The names that a parameter may hold, and the answer to others, in which `{}` is the name."""

    parameter: str
    allowed: re.Pattern[str]
    code: str
    message: str


_SECRET = NameRule(
    "Name",
    re.compile(r"[a-zA-Z0-9/_+=.@!-]+"),
    "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: "
    "-/_+=.@!",
)
"""Recorded on AWS, June 2023."""
_TABLE = NameRule(
    "TableName",
    re.compile(r"[a-zA-Z0-9_.-]+|arn:.*"),
    "ValidationException",
    "1 validation error detected: Value '{}' at 'tableName' failed to satisfy constraint: Member must "
    "satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
)
"""Recorded on AWS, May 2023."""
_RULES: Mapping[tuple[str, str], NameRule] = {
    ("secretsmanager", "CreateSecret"): _SECRET,
    **{("dynamodb", f"{verb}Item"): _TABLE for verb in ("Put", "Get", "Update", "Delete")},
}


def check(stamp: Stamp, params: Params) -> None:
    """Raises `ServiceError` for a name that the service doesn't take."""
    rule = _RULES.get((stamp.service, stamp.operation))
    name = params.get(rule.parameter) if rule is not None else None
    if rule is not None and isinstance(name, str) and rule.allowed.fullmatch(name) is None:
        raise ServiceError(rule.code, rule.message.format(name))
