"""Texts of paths that can name several places: their steps, and the tests of their filters.

The grammar is that of Jayway's JSONPath, which Step Functions uses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.sim.services.states.language.comparisons import COMPARISONS, UNDEFINED, PathPattern
from harness.sim.services.states.language.steps import (
    Descent,
    Every,
    Items,
    Length,
    Members,
    Named,
    PathStep,
    Slice,
    StepFilter,
    Test,
    names_one,
    walk,
)

Operand = Callable[[Any, Any], Any]
"""One side of a comparison: its value for an item of a document with this root."""

_STRING = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_TOKEN = {
    "space": re.compile(r"\s*"),
    "root": re.compile(r"[$@]"),
    "dots": re.compile(r"\.\.?"),
    "name": re.compile(r"[^.\[\]()\s'\"@?*,=<>!&|~]+"),
    "length": re.compile(r"length\(\)"),
    "string": re.compile(_STRING),
    "names": re.compile(rf"\[\s*((?:{_STRING})(?:\s*,\s*(?:{_STRING}))*)\s*\]"),
    "indices": re.compile(r"\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]"),
    "slice": re.compile(r"\[\s*(-?\d+)?\s*:\s*(-?\d+)?\s*\]"),
    "every": re.compile(r"\[\s*\*\s*\]"),
    "filter": re.compile(r"\[\s*\?"),
    "constant": re.compile(r"(true|false|null)\b"),
    "number": re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"),
    "pattern": re.compile(r"/((?:[^/\\]|\\.)*)/([a-z]*)"),
    "comparison": re.compile(
        "|".join(sorted(map(re.escape, COMPARISONS), key=len, reverse=True)), re.IGNORECASE
    ),
}
_EACH_STRING = re.compile(_STRING)
_CONSTANTS = {"true": True, "false": False, "null": None}


def steps_in(text: str) -> tuple[PathStep, ...]:
    """The steps of a path that begins with "$". Raises `ValueError`."""
    reader = _PathReader(text)
    if reader.take("root") != "$":
        raise ValueError("a path begins with $")
    steps = reader.steps()
    reader.must_end()
    return steps


class _PathReader:
    """Reads a text from left to right."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def take(self, kind: str) -> str | None:
        """The text of a token if it comes next."""
        match = self._match(kind)
        return None if match is None else match[0]

    def must_end(self) -> None:
        """Raise `ValueError` unless everything is read."""
        if self._at < len(self._text):
            raise ValueError(f"there is more at {self._at}")

    def steps(self) -> tuple[PathStep, ...]:
        """The steps that follow a root."""
        found: list[PathStep] = []
        while not (found and isinstance(found[-1], Length)):
            dots = self.take("dots")
            if dots == "..":
                found.append(Descent())
            if self._sees("["):
                found.append(self._bracket())
            elif dots:
                found.append(self._dotted())
            else:
                break
        if found and isinstance(found[-1], Members):
            found[-1] = replace(found[-1], is_last=True)
        return tuple(found)

    def _dotted(self) -> PathStep:
        if self.take("length"):
            return Length()
        if self._took("*"):
            return Every()
        name = self.take("name")
        if name is None:
            raise ValueError("a name is missing")
        return Named(name)

    def _bracket(self) -> PathStep:
        if self.take("every"):
            return Every()
        if names := self._match("names"):
            found = tuple(_unquoted(each[0]) for each in _EACH_STRING.finditer(names[1]))
            return Named(found[0]) if len(found) == 1 else Members(found)
        if indices := self._match("indices"):
            numbers = tuple(int(each) for each in indices[1].split(","))
            return Named(numbers[0]) if len(numbers) == 1 else Items(numbers)
        if piece := self._match("slice"):
            first, end = (None if each is None else int(each) for each in piece.groups())
            return Slice(first, end)
        if self.take("filter"):
            test = self._any_of()
            self._must("]")
            return StepFilter(test)
        raise ValueError(f"a bracket holds nothing known at {self._at}")

    def _any_of(self) -> Test:
        tests = [self._all_of()]
        while self._took("||"):
            tests.append(self._all_of())
        return tests[0] if len(tests) == 1 else lambda item, root: any(test(item, root) for test in tests)

    def _all_of(self) -> Test:
        tests = [self._test()]
        while self._took("&&"):
            tests.append(self._test())
        return tests[0] if len(tests) == 1 else lambda item, root: all(test(item, root) for test in tests)

    def _test(self) -> Test:
        if self._took("!"):
            negated = self._test()
            return lambda item, root: not negated(item, root)
        if self._took("("):
            inner = self._any_of()
            self._must(")")
            return inner
        left = self._operand()
        self.take("space")
        operator = self.take("comparison")
        if operator is None:
            return lambda item, root: left(item, root) is not UNDEFINED
        right, compare = self._operand(), COMPARISONS[operator.lower()]
        return lambda item, root: compare(left(item, root), right(item, root))

    def _operand(self) -> Operand:
        self.take("space")
        if root := self.take("root"):
            return _leading(root == "$", self.steps())
        if string := self.take("string"):
            return _always(_unquoted(string))
        if constant := self.take("constant"):
            return _always(_CONSTANTS[constant])
        if number := self.take("number"):
            return _always(json.loads(number))
        if pattern := self._match("pattern"):
            return _always(PathPattern.of(pattern[1], pattern[2]))
        if self._took("["):
            return self._listed()
        if self._sees("{"):
            value, self._at = json.JSONDecoder().raw_decode(self._text, self._at)
            return _always(value)
        raise ValueError(f"a value is missing at {self._at}")

    def _listed(self) -> Operand:
        items: list[Operand] = []
        while not self._took("]"):
            if items:
                self._must(",")
            items.append(self._operand())
        return lambda item, root: [each(item, root) for each in items]

    def _match(self, kind: str) -> re.Match[str] | None:
        match = _TOKEN[kind].match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return match

    def _sees(self, sign: str) -> bool:
        return self._text.startswith(sign, self._at)

    def _took(self, sign: str) -> bool:
        self.take("space")
        if not self._sees(sign):
            return False
        self._at += len(sign)
        return True

    def _must(self, sign: str) -> None:
        if not self._took(sign):
            raise ValueError(f"{sign} is missing at {self._at}")


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _always(value: Any) -> Operand:
    return lambda item, root: value


def _leading(from_root: bool, steps: tuple[PathStep, ...]) -> Operand:
    is_one = names_one(steps)

    def found(item: Any, root: Any) -> Any:
        places = walk(steps, root if from_root else item, root)
        return next(places, UNDEFINED) if is_one else list(places)

    return found
