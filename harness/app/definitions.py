"""Definitions of state machines as templates write them: JSON or YAML, with placeholders.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-stepfunctions-statemachine.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

import yaml

PROPERTIES = ("DefinitionString", "Definition", "DefinitionS3Location")
"""The properties of which one says how a state machine runs."""

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_.:-]+)\}")


def filled(definition: str, values: Mapping[str, str]) -> str:
    """JSON with its placeholders filled; those without a value stay.

    >>> filled('{"Resource": "${Bill}"}', {"Bill": "arn:aws:lambda:…"})
    '{"Resource": "arn:aws:lambda:…"}'
    """
    return _substituted(definition, values, lambda value: json.dumps(value)[1:-1])


def read_definition(content: str, values: Mapping[str, str]) -> str:
    """The text of a file as JSON, with its placeholders filled. Raises `yaml.YAMLError`.

    In YAML, `Seconds: ${Wait}` is a number only when it is filled.
    """
    found = filled(content, values)
    try:
        json.loads(found)
    except ValueError:
        return json.dumps(yaml.safe_load(_substituted(content, values, str)))
    return found


def placeholders(definition: str) -> list[str]:
    """The names of the placeholders, each once."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(definition)))


def _substituted(definition: str, values: Mapping[str, str], written: Callable[[str], str]) -> str:
    return _PLACEHOLDER.sub(
        lambda found: written(values[found[1]]) if found[1] in values else found[0], definition
    )
