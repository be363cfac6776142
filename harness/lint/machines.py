"""The definitions of a template's state machines, as far as they are known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from harness.app import definitions
from harness.app.resources.shapes import text
from harness.files import FileError, text_of
from harness.lint.values import has_unknown
from harness.lint.wiring import Resource, Wiring

MADE_UP = ("arn:aws:lambda:us-east-1:123456789012:function:made-up", "1")
"""Stand for a value that comes from elsewhere: the name of something, or a number."""


@dataclass(frozen=True)
class WrittenMachine:
    """A state machine as it is written. `definitions` have its placeholders filled: one if all values are
    known, else one for each of `MADE_UP`. `unfilled` are the placeholders that have no value.
    """

    resource: Resource
    written_in: str
    definitions: tuple[str, ...]
    unfilled: tuple[str, ...] = ()


def machines(app: Wiring) -> Iterator[WrittenMachine]:
    """Every state machine whose definition is in the template, or in a file beside it."""
    for resource in app.of("AWS::StepFunctions::StateMachine"):
        found = _machine(app, resource)
        if found is not None:
            yield found


def _machine(app: Wiring, resource: Resource) -> WrittenMachine | None:
    given = [name for name in definitions.PROPERTIES if name in resource.properties]
    values = resource.at("DefinitionSubstitutions") or {}
    if len(given) != 1 or not isinstance(values, Mapping):
        return None
    written = _written(app, given[0], resource.at(given[0]))
    if written is None:
        return None
    unfilled = tuple(name for name in definitions.placeholders(written) if name not in values)
    unknown = [name for name in definitions.placeholders(written) if has_unknown(values.get(name))]
    known = {text(key): text(value) for key, value in values.items()}
    made_up = [dict.fromkeys((*unfilled, *unknown), each) for each in MADE_UP]
    filled = [
        _filled(written, {**known, **more}, in_file=given[0] == "DefinitionS3Location") for more in made_up
    ]
    return WrittenMachine(resource, given[0], tuple(dict.fromkeys(filled)), unfilled)


def _written(app: Wiring, name: str, value: object) -> str | None:
    """The definition as it is written; None if that isn't known."""
    if name == "DefinitionS3Location":
        try:
            return text_of(app.folder / value) if isinstance(value, str) else None
        except FileError:
            return None
    if has_unknown(value):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _filled(written: str, values: Mapping[str, str], *, in_file: bool) -> str:
    """The definition as a deployment sends it."""
    if not in_file:
        return definitions.filled(written, values)
    try:
        return definitions.read_definition(written, values)
    except yaml.YAMLError:
        return written
