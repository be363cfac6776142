"""The input that a target of EventBridge gets of an event: a part of it, a text, or a template filled in.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
_PREDEFINED = "aws.events."
UNKNOWN = object()
"""The value of what is no variable."""


class NotAPath(ValueError):
    """This is no path into an event."""


def at_path(path: str, event: Any) -> Iterator[Any]:
    """The value at a path; none, if the event hasn't got one. Raises `NotAPath`.

    >>> list(at_path("$.detail.items[0].id", {"detail": {"items": [{"id": 7}]}}))
    [7]
    """
    value = event
    for step in _steps(path):
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return
            value = value[step]
        else:
            if not isinstance(value, Mapping) or step not in value:
                return
            value = value[step]
    yield value


def is_path(text: str) -> bool:
    """Is this a path into an event?"""
    try:
        list(_steps(text))
    except NotAPath:
        return False
    return True


def transformed(
    paths: Mapping[str, str], template: str, event: Mapping[str, Any], known: Mapping[str, Any]
) -> str:
    """A template with the values of an event in the place of its variables.

    `paths` are those of the variables; `known` has the variables that EventBridge defines itself. Inside of a
    text a value stands without its quotes, elsewhere as JSON. A variable without a value is an empty text.

    >>> transformed({"state": "$.detail.state"}, '{"now": "is <state>"}', {"detail": {"state": "on"}}, {})
    '{"now": "is on"}'
    """
    values = {name: value for name, path in paths.items() for value in at_path(path, event)} | dict(known)

    def value_of(name: str) -> Any:
        if name not in paths and name not in known and not name.startswith(_PREDEFINED):
            return UNKNOWN
        return values.get(name, "")

    return filled(template, _PLACEHOLDER, value_of)


def undefined(template: str, paths: Collection[str]) -> list[str]:
    """The placeholders of a template that are neither defined nor variables of EventBridge's own.

    >>> undefined("<state> of <aws.events.rule-name> at <time>", {"state": "$.detail.state"})
    ['time']
    """
    names = [match[1] for match in _PLACEHOLDER.finditer(template)]
    return [name for name in names if name not in paths and not name.startswith(_PREDEFINED)]


def filled(template: str, placeholder: re.Pattern[str], value_of: Callable[[str], Any]) -> str:
    """A template with values in the place of its placeholders, of which the first group is the name.

    What has the value `UNKNOWN` stays as it stands.
    """

    def shown(match: re.Match[str]) -> str:
        value = value_of(match[1])
        if value is UNKNOWN:
            return match[0]
        return _shown(value, within_text=_is_within_text(template, match.start()))

    return placeholder.sub(shown, template)


def variables(rule_arn: str, rule_name: str, ingested_at: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that EventBridge defines itself."""
    without_detail = {name: value for name, value in event.items() if name != "detail"}
    without_detail["detailType"] = without_detail.pop("detail-type", "")
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_name,
        "aws.events.event.ingestion-time": ingested_at,
        "aws.events.event": without_detail,
        "aws.events.event.json": dict(event),
    }


def _steps(path: str) -> Iterator[str | int]:
    if not path.startswith("$"):
        raise NotAPath(path)
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise NotAPath(path)
        name, index, quoted, double = match.groups()
        yield int(index) if index is not None else name or quoted or double
        at = match.end()


def _is_within_text(template: str, at: int) -> bool:
    """Is this place between quotes? A backslash takes the meaning from the quote behind it."""
    return len(re.findall(r'(?<!\\)(?:\\\\)*"', template[:at])) % 2 == 1


def _shown(value: Any, *, within_text: bool) -> str:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if not within_text:
        return text
    if isinstance(value, str):
        return text[1:-1]
    return text.replace('"', "")
