"""Bodies of HTTP tasks as forms.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from harness.sim.services.states.language.text import to_json

_NAMES: Mapping[str, Callable[[str, int], str]] = {
    "INDICES": lambda name, index: f"{name}[{index}]",
    "REPEAT": lambda name, index: name,
    "BRACKETS": lambda name, index: f"{name}[]",
}


def encoded(body: Mapping[str, Any], arrays: str) -> str:
    """A body as a form. `arrays`: the ArrayFormat.

    >>> encoded({"a": ["b", {"c": 1}], "d": {"e": True}}, "INDICES")
    'a%5B0%5D=b&a%5B1%5D%5Bc%5D=1&d%5Be%5D=true'
    >>> encoded({"a": ["b", "c"]}, "REPEAT"), encoded({"a": ["b", "c"]}, "COMMAS")
    ('a=b&a=c', 'a=b%2Cc')
    """
    return urlencode([pair for name, value in body.items() for pair in _pairs(name, value, arrays)])


def _pairs(name: str, value: Any, arrays: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for member, each in value.items():
            yield from _pairs(f"{name}[{member}]", each, arrays)
    elif isinstance(value, list) and arrays in _NAMES:
        for index, each in enumerate(value):
            yield from _pairs(_NAMES[arrays](name, index), each, arrays)
    elif isinstance(value, list) and arrays == "COMMAS":
        yield name, ",".join(map(_text, value))
    else:
        yield name, _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value)
