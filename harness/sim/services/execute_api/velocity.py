"""Mapping templates: Apache Velocity with the variables of API Gateway.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, unquote_plus


class TemplateFailed(ValueError):
    """A template that can't be read or carried out."""


@dataclass(slots=True)
class Scene:
    """All that a template can see. `context` is shared with others, who read what the template sets there."""

    body: str
    params: Mapping[str, Mapping[str, str]]
    context: dict[str, Any]
    variables: Mapping[str, str] = field(default_factory=dict)


def render(template: str, scene: Scene) -> str:
    """Carry a template out. Raises `TemplateFailed`."""
    known = {
        "input": _Input(scene),
        "util": _Util(),
        "context": scene.context,
        "stageVariables": _java(dict(scene.variables)),
    }
    try:
        return str(_compiled(template).merge(known))
    except TemplateFailed:
        raise
    except Exception as problem:  # a template is a program: airspeed raises whatever it meets
        raise TemplateFailed(f"{type(problem).__name__}: {problem}") from problem


def value_at(path: str, body: str) -> Any:
    """The value in a JSON text at a JSONPath; None if there is none. Raises `TemplateFailed`."""
    document = read(body)
    if path == "$":
        return document
    try:
        found = [each.value for each in _path(path if path.startswith("$") else f"$.{path}").find(document)]
    except (TypeError, ValueError, AttributeError) as problem:
        raise TemplateFailed(f"{path}: {problem}") from None
    if not found:
        return None
    several = any(mark in path for mark in ("*", "..", "?", ":"))
    return found if several else found[0]


def read(body: str) -> Any:
    """A body as a JSON value: an object without members if there is none, a text if it is no JSON."""
    if not body.strip():
        return {}
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body


@lru_cache(512)
def _path(path: str) -> Any:
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.ext import parse

    try:
        return parse(path)
    except (JSONPathError, RecursionError, ValueError, TypeError, AttributeError) as problem:
        raise TemplateFailed(f"{path}: {problem}") from None


@lru_cache(512)
def _compiled(template: str) -> Any:
    import airspeed

    made = airspeed.Template(template)
    made.ensure_compiled()
    return made


class _Map(dict[str, Any]):
    """A JSON object with the methods that Java's maps have."""

    def __str__(self) -> str:
        return "{" + ", ".join(f"{name}={_shown(value)}" for name, value in self.items()) + "}"

    def put(self, name: str, value: Any) -> Any:
        before = self.get(name)
        self[name] = value
        return before

    def putAll(self, others: Mapping[str, Any]) -> None:
        self.update(others)

    def keySet(self) -> _List:
        return _List(self)

    def entrySet(self) -> _List:
        return _List(_Map(key=name, value=value) for name, value in self.items())

    def containsKey(self, name: str) -> bool:
        return name in self

    def size(self) -> int:
        return len(self)

    def isEmpty(self) -> bool:
        return not self

    def toString(self) -> str:
        return str(self)


class _List(list[Any]):
    """A JSON array with the methods that Java's lists have; it shows as JSON."""

    def __str__(self) -> str:
        return json.dumps(self, separators=(",", ":"), ensure_ascii=False)

    def size(self) -> int:
        return len(self)

    def get(self, index: int) -> Any:
        return self[index]

    def add(self, value: Any) -> bool:
        self.append(value)
        return True

    def contains(self, value: Any) -> bool:
        return value in self

    def isEmpty(self) -> bool:
        return not self

    def toString(self) -> str:
        return str(self)


class _Text(str):
    """A text with the methods that Java's strings have and Python's lack."""

    def length(self) -> int:
        return len(self)

    def contains(self, part: str) -> bool:
        return part in self

    def equals(self, other: Any) -> bool:
        return bool(self == other)

    def equalsIgnoreCase(self, other: str) -> bool:
        return str(self).lower() == str(other).lower()

    def startsWith(self, prefix: str) -> bool:
        return self.startswith(prefix)

    def endsWith(self, suffix: str) -> bool:
        return self.endswith(suffix)

    def toLowerCase(self) -> _Text:
        return _Text(self.lower())

    def toUpperCase(self) -> _Text:
        return _Text(self.upper())

    def trim(self) -> _Text:
        return _Text(self.strip())

    def substring(self, start: int, end: int | None = None) -> _Text:
        return _Text(self[start:end])

    def indexOf(self, part: str) -> int:
        return self.find(part)

    def isEmpty(self) -> bool:
        return not self

    def replace(self, old: str, new: str, *_: Any) -> _Text:
        return _Text(str.replace(self, old, new))

    def split(self, by: str, *_: Any) -> _List:  # type: ignore[override]
        return _List(map(_Text, str.split(self, by.replace("\\", ""))))

    def toString(self) -> str:
        return self


def _java(value: Any) -> Any:
    """A JSON value that templates can ask as they would ask Java's."""
    if isinstance(value, Mapping):
        return _Map({str(name): _java(each) for name, each in value.items()})
    if isinstance(value, list):
        return _List(map(_java, value))
    return _Text(value) if isinstance(value, str) else value


def _shown(value: Any) -> str:
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


class _Input:
    """`$input`: body and parameters."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.body = _Text(scene.body)

    def path(self, path: str) -> Any:
        """The value at a JSONPath."""
        found = value_at(path, self._scene.body)
        return "" if found is None else _java(found)

    def json(self, path: str) -> str:
        """The same as JSON."""
        found = value_at(path, self._scene.body)
        return '""' if found is None else json.dumps(found, separators=(",", ":"), ensure_ascii=False)

    def params(self, name: str | None = None) -> Any:
        """One parameter, of path, query or headers in this order; without a name all, by their place."""
        places = self._scene.params
        if name is None:
            return _java({place: dict(values) for place, values in places.items()})
        if name in places:
            return _java(dict(places[name]))
        return next((_Text(values[name]) for values in places.values() if name in values), "")


class _Util:
    """`$util`."""

    def escapeJavaScript(self, text: Any) -> str:
        shown = json.dumps(str(text), ensure_ascii=False)[1:-1]
        return _Text(shown.replace("'", "\\'").replace("/", "\\/"))

    def parseJson(self, text: str) -> Any:
        try:
            return _java(json.loads(text))
        except ValueError as problem:
            raise TemplateFailed(f"$util.parseJson: {problem}") from None

    def urlEncode(self, text: Any) -> str:
        return _Text(quote_plus(str(text), safe="*"))

    def urlDecode(self, text: Any) -> str:
        return _Text(unquote_plus(str(text)))

    def base64Encode(self, text: Any) -> str:
        return _Text(b64encode(str(text).encode()).decode())

    def base64Decode(self, text: Any) -> str:
        return _Text(b64decode(str(text)).decode(errors="replace"))
