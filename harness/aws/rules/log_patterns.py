"""Filter patterns of CloudWatch Logs: terms, and conditions on events in JSON.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Condition = Callable[[Any], bool]

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|(\S+))')
_TOKEN = re.compile(r'\s*(&&|\|\||[()]|!=|<=|>=|[=<>]|"(?:[^"\\]|\\.)*"|%[^%]+%|[^\s()=!<>&|"]+)')
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']+)'\]")
_NUMERIC: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class NotALogPattern(ValueError):
    """This is no filter pattern; the text says why."""


@dataclass(frozen=True, slots=True)
class LogPattern:
    """A pattern that was read. `in_json`: it is about events in JSON."""

    matches: Callable[[str], bool]
    in_json: bool = False


def read_log_pattern(text: str) -> LogPattern:
    """A filter pattern. Raises `NotALogPattern`.

    >>> read_log_pattern("?ERROR ?WARN").matches("WARN: low on tea")
    True
    >>> read_log_pattern('{ $.level = "error" && $.code >= 500 }').matches('{"level": "error", "code": 503}')
    True
    """
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}"):
        condition = _Conditions(stripped[1:-1]).read()

        def matches(message: str) -> bool:
            event = in_json(message)
            return isinstance(event, Mapping | list) and condition(event)

        return LogPattern(matches, in_json=True)
    if stripped.startswith(("[", "{")):
        raise NotALogPattern(f"{text!r} has fields between spaces, or lacks its end")
    return LogPattern(_terms(stripped))


def in_json(message: str) -> Any:
    """The JSON value of a line; None if it is none."""
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return None


def at_selector(selector: str, event: Any) -> Iterator[Any]:
    """The value at a path like $.order.items[0]; none, if there is none."""
    value = event
    for name, index, quoted in _STEP.findall(selector[1:]):
        if index:
            if not isinstance(value, list) or int(index) >= len(value):
                return
            value = value[int(index)]
        elif isinstance(value, Mapping) and (name or quoted) in value:
            value = value[name or quoted]
        else:
            return
    yield value


def _terms(text: str) -> Callable[[str], bool]:
    """Every term is there, none that is excluded, and of those that are optional one at least."""
    found: dict[str, list[Callable[[str], bool]]] = {"": [], "?": [], "-": []}
    for sign, quoted, expression, word in _TERM.findall(text):
        if expression:
            found[sign].append(_expression(expression))
        else:
            term = quoted.replace('\\"', '"') or word
            found[sign].append(_contains(term))
    needed, optional, excluded = found[""], found["?"], found["-"]

    def matches(message: str) -> bool:
        return (
            all(each(message) for each in needed)
            and not any(each(message) for each in excluded)
            and (not optional or any(each(message) for each in optional))
        )

    return matches


def _contains(term: str) -> Callable[[str], bool]:
    return lambda message: term in message


def _expression(text: str) -> Callable[[str], bool]:
    try:
        pattern = re.compile(text)
    except re.error as problem:
        raise NotALogPattern(f"%{text}%: {problem}") from None
    return lambda message: pattern.search(message) is not None


class _Conditions:
    """Reads conditions, `||` of `&&` of comparisons."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKEN.findall(text)

    def read(self) -> Condition:
        condition = self._either()
        if self._tokens:
            raise self._wrong()
        return condition

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._takes("||"):
            parts.append(self._both())
        return lambda event: any(part(event) for part in parts)

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._takes("&&"):
            parts.append(self._one())
        return lambda event: all(part(event) for part in parts)

    def _one(self) -> Condition:
        if self._takes("("):
            condition = self._either()
            if not self._takes(")"):
                raise self._wrong()
            return condition
        return self._comparison()

    def _comparison(self) -> Condition:
        selector, sign = self._next(), self._next()
        if not selector.startswith("$"):
            raise self._wrong()
        if sign in ("IS", "NOT"):
            return _known(selector, f"{sign} {self._next()}", self._wrong)
        wanted = self._next()
        if sign in _NUMERIC:
            return _numeric(selector, sign, wanted, self._wrong)
        if sign not in ("=", "!="):
            raise self._wrong()
        equal = _equal(wanted)
        return lambda event: any(equal(value) is (sign == "=") for value in at_selector(selector, event))

    def _takes(self, token: str) -> bool:
        if self._tokens[:1] == [token]:
            del self._tokens[0]
            return True
        return False

    def _next(self) -> str:
        if not self._tokens:
            raise self._wrong()
        return str(self._tokens.pop(0))

    def _wrong(self) -> NotALogPattern:
        return NotALogPattern(f"{{{self._text}}} can't be read")


def _known(selector: str, words: str, wrong: Callable[[], NotALogPattern]) -> Condition:
    values = {"IS TRUE": True, "IS FALSE": False, "IS NULL": None}
    if words == "NOT EXISTS":
        return lambda event: not list(at_selector(selector, event))
    if words not in values:
        raise wrong()
    return lambda event: any(value is values[words] for value in at_selector(selector, event))


def _numeric(selector: str, sign: str, wanted: str, wrong: Callable[[], NotALogPattern]) -> Condition:
    compare = _NUMERIC[sign]
    try:
        limit = float(wanted)
    except ValueError:
        raise wrong() from None
    return lambda event: any(_is_number(v) and compare(v, limit) for v in at_selector(selector, event))


def _equal(wanted: str) -> Condition:
    if wanted.startswith("%"):
        expression = _expression(wanted[1:-1])
        return lambda value: isinstance(value, str) and expression(value)
    text = wanted[1:-1] if wanted.startswith('"') else wanted
    try:
        number = None if wanted.startswith('"') else float(wanted)
    except ValueError:
        number = None

    def equal(value: Any) -> bool:
        if _is_number(value):
            return number is not None and value == number
        return isinstance(value, str) and (value == text or ("*" in text and fnmatchcase(value, text)))

    return equal


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
