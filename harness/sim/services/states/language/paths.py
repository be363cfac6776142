"""JSONPath as Step Functions takes it, over one document.

The meaning of a path and the texts of errors are Jayway's, which Step Functions uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from harness.sim.services.states.language import errors
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.path_parser import steps_in
from harness.sim.services.states.language.steps import (
    Descent,
    Items,
    Length,
    Named,
    PathStep,
    Slice,
    names_one,
    walk,
)
from harness.sim.services.states.language.text import to_format, to_json

Step = str | int

_NAME = re.compile(r"\.([^.\[\]*()\s'\"@?]+)")
_QUOTED = re.compile(r"""\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]""")
_INDEX = re.compile(r"\[\s*(-?\d+)\s*\]")


class NoSuchPath(Exception):
    """A document has nothing at a path."""


class BadPath(ValueError):
    """A text is no path."""


def find(path: str, document: Any) -> Any:
    """The value at a path that begins with "$": a list of values if the path can name several."""
    steps = steps_of(path)
    return _several(path, document) if steps is None else _one(steps, document)


def put(document: Any, path: str, value: Any) -> Any:
    """A copy of a document with a value at a reference path; objects on the way are created."""
    steps = steps_of(path)
    if steps is None:
        raise StateError(errors.RUNTIME, f"Invalid path '{path}': it must be a reference path")
    try:
        return _put(document, steps, value)
    except NoSuchPath:
        cause = f"Unable to apply ReferencePath {path} to input {to_json(document)}"
        raise StateError(errors.RESULT_PATH_MATCH_FAILURE, cause) from None


@lru_cache(maxsize=4096)
def steps_of(path: str) -> tuple[Step, ...] | None:
    """The names and indices of a path to one place; None: it can name several."""
    if not path.startswith("$"):
        raise BadPath(f"Invalid path '{path}'")
    steps: list[Step] = []
    at = 1
    while at < len(path):
        at += path.startswith(".[", at)
        if match := _NAME.match(path, at):
            steps.append(match[1])
        elif match := _QUOTED.match(path, at):
            steps.append(re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2]))
        elif match := _INDEX.match(path, at):
            steps.append(int(match[1]))
        else:
            _route(path)
            return None
        at = match.end()
    return tuple(steps)


def _one(steps: Sequence[Step], document: Any) -> Any:
    here = document
    for number, step in enumerate(steps):
        if not _has(here, step):
            raise NoSuchPath(_missing(steps, number, here))
        here = here[step]
    return here


def _has(here: Any, step: Step) -> bool:
    if isinstance(step, int):
        return isinstance(here, list) and -len(here) <= step < len(here)
    return isinstance(here, Mapping) and step in here


def _missing(steps: Sequence[Step], number: int, here: Any) -> str:
    so_far = _brackets(steps[: number + 1])
    if isinstance(steps[number], int) and not isinstance(here, list):
        return f"Filter: [{steps[number]}] can only be applied to arrays. Current context is: {here}"
    if number < len(steps) - 1:
        return f"Missing property in path {so_far}"
    return f"No results for path: {so_far}"


def _brackets(steps: Sequence[Step]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f"['{step}']" for step in steps)


def _several(path: str, document: Any) -> Any:
    """A list; one value where the path can name one place only, as with length() at its end.

    After a descent, length() counts what all places hold together.
    """
    route = _route(path)
    if names_one(route):
        for found in walk(route, document, document):
            return found
        raise NoSuchPath(f"No results for path: {path}")
    _check_slice(route, document)
    if isinstance(route[-1], Length) and any(isinstance(step, Descent) for step in route):
        found = list(walk(route[:-1], document, document))
        return sum(len(each) for each in found if isinstance(each, list | dict))
    return list(walk(route, document, document))


def _check_slice(route: Sequence[PathStep], document: Any) -> None:
    """Only an array has slices. A place that isn't there has none either, and that is no error."""
    first = next(number for number, step in enumerate(route) if not isinstance(step, Named))
    step = route[first]
    if isinstance(step, Items | Slice):
        for here in walk(route[:first], document, document):
            if not isinstance(here, list):
                told = f"Filter: {step} can only be applied to arrays. Current context is: {to_format(here)}"
                raise NoSuchPath(told)


@lru_cache(maxsize=1024)
def _route(path: str) -> tuple[PathStep, ...]:
    try:
        return steps_in(path)
    except (ValueError, RecursionError) as error:
        raise BadPath(f"Invalid path '{path}'") from error


def _put(document: Any, steps: Sequence[Step], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    copy: Any
    if isinstance(step, int):
        if not _has(document, step):
            raise NoSuchPath(_brackets(steps))
        copy = list(document)
        copy[step] = _put(copy[step], rest, value)
        return copy
    if document is not None and not isinstance(document, Mapping):
        raise NoSuchPath(_brackets(steps))
    copy = dict(document or {})
    copy[step] = _put(copy.get(step), rest, value)
    return copy
