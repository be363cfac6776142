"""JSONata expressions of states, with the functions that Step Functions adds.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import lru_cache
from random import Random
from types import SimpleNamespace
from typing import Any

from harness.sim.services.states.language import errors, functions
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.scope import ABSENT, StateScope
from harness.sim.services.states.language.text import kind_of, to_json

RECURSION_LIMIT = 10_000
"""The depth that the library needs for expressions that call themselves; set while it evaluates only."""

_VARIABLE = re.compile(r"\$(\w+)")
_STATES_PATH = re.compile(r"\$states\b((?:\s*\.\s*[A-Za-z_]\w*){0,4})")
_NAME = re.compile(r"\w+")
_LEADS_BACK = re.compile(r"[%@]")
"""The operators that lead from a step to the one before: what was left out on the way could be asked for."""
_AT_WORK = SimpleNamespace()


class BadJsonata(ValueError):
    """A text is no JSONata."""


def is_expression(text: str) -> bool:
    """Is it a "{% … %}"?"""
    return text.startswith("{%") and text.endswith("%}") and len(text) >= len("{%%}")


def expression_in(text: str) -> str:
    """The expression within "{% … %}"."""
    return text[2:-2].strip()


def check(expression: str) -> None:
    """Raise `BadJsonata` unless it parses."""
    _compiled(expression)


def evaluate(expression: str, scope: StateScope, field: str, expected: tuple[str, ...] = ()) -> Any:
    """The value of an expression; of one of these JSON types, if any are given."""
    result = _evaluate(expression, scope, field)
    if result is None:
        raise _failed(expression, field, "returned nothing (undefined).")
    value = _plain(result, expression, field)
    if expected and kind_of(value) not in expected:
        raise unexpected(expression, field, expected, value)
    return value


def unexpected(expression: str, field: str, expected: tuple[str, ...], value: Any) -> StateError:
    """The error of a value that has the wrong type."""
    kinds = " or ".join(f"'{kind}'" for kind in expected)
    found = f"'{kind_of(value)}' for value: {to_json(value)}"
    return _failed(
        expression, field, f"returned an unexpected result type. Expected {kinds}, but was {found}"
    )


def _failed(expression: str, field: str, what: str) -> StateError:
    cause = f"The JSONata expression '{expression}' specified for the field '{field}' {what}"
    return StateError(errors.QUERY_EVALUATION, cause, field)


def _evaluate(expression: str, scope: StateScope, field: str) -> Any:
    try:
        compiled = _compiled(expression)
        with _alone():
            return compiled.evaluate(None, _bindings(expression, scope))
    except Exception as error:  # the library raises whatever an expression makes its Python do
        raise _failed(expression, field, f"threw an error during evaluation. {_said(error)}") from error


def _said(error: Exception) -> str:
    from jsonata.jexception import JException

    if isinstance(error, JException):
        return f"{error.get_error()}: {error}"
    if isinstance(error, RecursionError):
        return "D1011: Stack overflow. Check for non-terminating recursive function."
    return "D1001: Number out of range" if isinstance(error, ArithmeticError) else str(error)


@contextmanager
def _alone() -> Iterator[None]:
    """What the library changes of the process is put back after an evaluation.

    It prints calls of things that are no functions, needs recursion, and keeps the expression at work for
    each thread, which is dear where threads are simulated: nothing else runs during an evaluation.
    """
    library, limit = _library(), sys.getrecursionlimit()
    others = library.CURRENT
    library.CURRENT = _AT_WORK
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        sys.setrecursionlimit(limit)
        library.CURRENT = others


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Any:
    library = _library()
    try:
        compiled = library(expression)
    except Exception as error:
        raise BadJsonata(_said(error)) from error
    compiled.set_output_convert_nulls(False)
    return compiled


@lru_cache(maxsize=1)
def _library() -> Any:
    limit = sys.getrecursionlimit()
    from jsonata import Jsonata

    sys.setrecursionlimit(limit)
    return Jsonata


def _bindings(expression: str, scope: StateScope) -> dict[str, Any]:
    """What the expression mentions: the rest may be large, and would be copied."""
    states = {"input": scope.input, "context": scope.context}
    if scope.result is not ABSENT:
        states["result"] = scope.result
    if scope.error_output is not ABSENT:
        states["errorOutput"] = scope.error_output
    names = set(_VARIABLE.findall(expression))
    variables = {name: _with_nulls(value) for name, value in scope.variables.items() if name in names}
    return {**_functions(scope), **variables, "states": _mentioned(expression, states)}


def _mentioned(expression: str, states: Mapping[str, Any]) -> dict[str, Any]:
    paths = [tuple(_NAME.findall(path)) for path in _STATES_PATH.findall(expression)]
    if _LEADS_BACK.search(expression):
        paths = [()] if paths else []
    found: dict[str, Any] = {}
    for path in sorted(set(paths), key=len, reverse=True):
        _copy(path, states, found)
    return found


def _copy(path: Sequence[str], source: Mapping[str, Any], target: dict[str, Any]) -> None:
    """Copy what a path leads to, and only that, where the objects on the way are objects."""
    if not path:
        target.update({name: _with_nulls(value) for name, value in source.items()})
        return
    name, *rest = path
    if name not in source:
        return
    if rest and isinstance(source[name], Mapping) and isinstance(target.get(name, {}), dict):
        _copy(rest, source[name], target.setdefault(name, {}))
    else:
        target[name] = _with_nulls(source[name])


def _functions(scope: StateScope) -> dict[str, Any]:
    from jsonata import Jsonata
    from jsonata.functions import Functions

    now_ms = int(scope.now * 1000)

    def now(picture: str | None = None, timezone: str | None = None) -> Any:
        return Functions.datetime_from_millis(now_ms, picture, timezone)

    added: dict[str, Callable[..., Any]] = {
        "partition": _partition,
        "range": _range,
        "hash": _hash,
        "random": lambda seed=None: (scope.chance if seed is None else Random(seed)).random(),
        "uuid": lambda: functions.uuid_of(scope.chance),
        "parse": lambda text: None if text is None else _with_nulls(json.loads(text)),
        "now": now,
        "millis": lambda: now_ms,
        "shuffle": lambda array: None if array is None else scope.chance.sample(array, len(array)),
    }
    return {"eval": None, **{name: Jsonata.JLambda(run) for name, run in added.items()}}


def _partition(array: Any, size: Any) -> Any:
    return functions.apply("States.ArrayPartition", [array, size], Random(0))


def _range(first: Any, last: Any, step: Any) -> Any:
    return functions.apply("States.ArrayRange", [first, last, step], Random(0))


def _hash(value: Any, algorithm: Any = "SHA-256") -> Any:
    return functions.apply("States.Hash", [value, algorithm], Random(0))


def _with_nulls(value: Any) -> Any:
    """The library's null for None, which is its undefined. A value without any stays itself."""
    from jsonata.utils import Utils

    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, Mapping):
        return {name: _with_nulls(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_nulls(item) for item in value]
    return value


def _plain(value: Any, expression: str, field: str) -> Any:
    """A copy in JSON's own types."""
    from jsonata.utils import Utils

    if value is None or value is Utils.NULL_VALUE:
        return None
    if isinstance(value, dict):
        return {name: _plain(item, expression, field) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, expression, field) for item in value]
    if isinstance(value, (str, bool, int, float)):
        return value
    raise _failed(expression, field, "returned an unsupported result type.")
