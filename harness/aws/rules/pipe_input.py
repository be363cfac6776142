"""The input that a pipe makes of an item of a batch, for its enrichment or its target.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from .event_input import UNKNOWN, at_path, filled, is_path

_PLACEHOLDER = re.compile(r"<(\$[^<>]*|aws\.pipes\.[a-z.-]+)>")
_ENCODED, _IN_BASE64 = "body", "data"
_JSON_BEGINS = ("{", "[", '"')


def transformed(template: str, item: Any, known: Mapping[str, Any]) -> str:
    r"""A template with the values of an item in the place of its variables.

    `known` are the pipe's own. Paths lead into the body of a message, too. In a JSON template a value stands
    as `event_input.filled` says, in free text as it is. A path without a value is an empty text.

    >>> transformed('{"order": <$.body.order>}', {"eventSource": "aws:sqs", "body": '{"order": "o-1"}'}, {})
    '{"order": "o-1"}'
    >>> transformed("Order <$.body.order>", {"eventSource": "aws:sqs", "body": '{"order": "o-1"}'}, {})
    'Order o-1'
    """
    seen = decoded(item)
    every = {**known, "aws.pipes.event": item, "aws.pipes.event.json": seen}

    def value_of(name: str) -> Any:
        return next(at_path(name, seen), "") if name.startswith("$") else every.get(name, UNKNOWN)

    if template.lstrip().startswith(_JSON_BEGINS):
        return filled(template, _PLACEHOLDER, value_of)

    def plain(match: re.Match[str]) -> str:
        value = value_of(match[1])
        return match[0] if value is UNKNOWN else text_of(value)

    return _PLACEHOLDER.sub(plain, template)


def text_of(value: Any) -> str:
    """A JSON value as a text: a string is its own."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def value_at(setting: str, item: Any) -> str:
    """A parameter of a target: a text, or a path whose value in this item it is.

    >>> value_at("$.body.customer", {"eventSource": "aws:sqs", "body": '{"customer": "c-1"}'})
    'c-1'
    >>> value_at("Order", {})
    'Order'
    """
    return text_of(next(at_path(setting, decoded(item)), "")) if setting.startswith("$") else setting


def decoded(item: Any) -> Any:
    """A record of a queue whose body, if it is JSON, is the JSON value; any other item as it is.

    So with the data of a record of Kinesis, which are in Base64.
    """
    if not isinstance(item, Mapping) or "eventSource" not in item:
        return item
    try:
        if item["eventSource"] == "aws:kinesis":
            return {**item, _IN_BASE64: json.loads(b64decode(item[_IN_BASE64]))}
        return {**item, _ENCODED: json.loads(item[_ENCODED])}
    except (KeyError, TypeError, ValueError, RecursionError):
        return item


def bad_paths(texts: Iterator[str]) -> Iterator[str]:
    """Those paths, within templates and parameters, that are none."""
    for text in texts:
        paths = [text] if text.startswith("$") else [match[1] for match in _PLACEHOLDER.finditer(text)]
        for path in paths:
            if path.startswith("$") and not is_path(path):
                yield path
