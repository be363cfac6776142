"""The smallest input that a definition of a state machine asks for, as far as its first states tell.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.app.handles.samples import ANY_TEXT

_PATH = re.compile(r"(?<![\w$])\$((?:\.[A-Za-z_][\w-]*|\['[^']+'\]|\[\d+\]|\[\*\])+)")
_QUERY = re.compile(r"\$states\.input((?:\.[A-Za-z_]\w*|\[\d+\])+)")
_OF_EXECUTION = re.compile(r"\$(?:\$|states\.context)\.Execution\.Input((?:\.[A-Za-z_]\w*)+)")
_WHOLE_ITEM = "$$.Map.Item.Value"
_STEP = re.compile(r"\.([\w-]+)|\['([^']+)'\]|(\[(?:\d+|\*)\])")
_FIELDS = ("Parameters", "Arguments", "ItemSelector", "InputPath", "Items", "Output", "Assign", "Seconds")
_BY_NAME: Mapping[str, Any] = {
    "SecondsPath": 1,
    "TimeoutSecondsPath": 60,
    "HeartbeatSecondsPath": 60,
    "TimestampPath": "2026-01-01T00:00:00Z",
    "MaxConcurrencyPath": 1,
}
_ITEMS = {"ItemsPath", "Items", "ItemReader"}
_OF_ATTRIBUTES: Mapping[str, Any] = {"N.$": "1", "BOOL.$": True}
"""Members of a value of DynamoDB's that no text fits."""


def asked_input(definition: str, more: Mapping[str, Any]) -> Any:
    """An input with every value that the states read before the first result takes its place; `more`: what
    it has anyway. A list, if the first state goes through its items.

    >>> asked_input('{"StartAt": "A", "States": {"A": {"Type": "Wait", "SecondsPath": "$.seconds"}}}', {})
    {'seconds': 1}
    """
    try:
        read = json.loads(definition)
        asked = _Asked(more)
        for path in _OF_EXECUTION.findall(definition):
            asked.put(path, ANY_TEXT)
        return asked.by(read)
    except (ValueError, LookupError, TypeError, AttributeError):
        return dict(more)


class _Asked:
    def __init__(self, more: Mapping[str, Any]) -> None:
        self._found: Any = dict(more)

    def by(self, machine: Mapping[str, Any]) -> Any:
        """What the states of a machine, a branch or a processor ask for."""
        seen: set[str] = set()
        name = machine.get("StartAt")
        while isinstance(name, str) and name not in seen:
            seen.add(name)
            state = machine["States"][name]
            if len(seen) == 1 and state.get("Type") == "Map" and not _ITEMS & set(state):
                return [self._item(state)]
            self._state(state)
            name = self._next(state)
        return self._found

    def _state(self, state: Mapping[str, Any]) -> None:
        prefix = str(state.get("InputPath") or "$")
        for path, value in _named(state):
            self.put(prefix + path, value)
        if state.get("Type") == "Map" and isinstance(state.get("ItemsPath"), str):
            self.put(prefix + state["ItemsPath"].removeprefix("$"), [self._item(state)])
        for branch in state.get("Branches") or ():
            self.by(branch)

    def _item(self, state: Mapping[str, Any]) -> Any:
        asked = _Asked({}).by(state.get("ItemProcessor") or state.get("Iterator") or {})
        selector = state.get("ItemSelector") or state.get("Parameters")
        if selector:
            names = [name.removesuffix(".$") for name, value in selector.items() if value == _WHOLE_ITEM]
            asked = next((asked[name] for name in names if name in asked), None)
        return asked or ANY_TEXT

    def _next(self, state: Mapping[str, Any]) -> Any:
        """The state that has this one's input, too; of a choice the first one."""
        if state.get("Type") == "Choice":
            rule: Mapping[str, Any] = next(iter(state.get("Choices") or ()), {})
            if rule.get("IsPresent") is True and "Default" in state:
                return state["Default"]
            for path, value in _compared(rule):
                self.put(path, value)
            return rule.get("Next")
        passes = state.get("Type") in ("Wait", "Pass") and not {"Parameters", "Result", "Output"} & set(state)
        return state.get("Next") if passes or state.get("ResultPath", "$") != "$" else None

    def put(self, path: str, value: Any) -> None:
        """Let a value stand at a path, unless there is one."""
        steps = [first or second or 0 for first, second, _ in _STEP.findall(path)]
        if not steps:
            return
        place: Any = self._found
        for step, following in zip(steps, [*steps[1:], None], strict=True):
            empty = value if following is None else ([] if following == 0 else {})
            if isinstance(place, dict) and isinstance(step, str):
                place = place.setdefault(step, empty)
            elif isinstance(place, list) and step == 0:
                place.extend([empty] if not place else [])
                place = place[0]
            else:
                return


def _named(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The paths that a state reads, deeper ones first, each with a value that may stand there."""
    found = [(path, _BY_NAME[name]) for name in _BY_NAME if isinstance(path := state.get(name), str)]
    for name in _FIELDS:
        found += _paths(state.get(name), name)
    yield from sorted(
        ((path.removeprefix("$"), value) for path, value in found), key=lambda each: -len(each[0])
    )


def _paths(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _paths(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, name)
    elif isinstance(value, str):
        known = 1 if "States.Math" in value or name == "Seconds" else _OF_ATTRIBUTES.get(name, ANY_TEXT)
        if name.endswith(".$"):
            yield from ((path, known) for path in _PATH.findall(value))
        if value.startswith("{%"):
            yield from ((path, known) for path in _QUERY.findall(value))


def _compared(rule: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The variables that a rule of a choice compares, each with a value for which it holds."""
    for inner in rule.get("And") or (rule.get("Or") or ())[:1]:
        yield from _compared(inner)
    if "Not" in rule:
        yield from ((path, ANY_TEXT) for path, _ in _compared(rule["Not"]))
    path = rule.get("Variable")
    if not isinstance(path, str) or rule.get("IsPresent") is False:
        return
    wanted: Any = ANY_TEXT
    for name, given in rule.items():
        if name in ("StringEquals", "BooleanEquals", "NumericEquals", "TimestampEquals"):
            wanted = given
        elif name == "StringMatches":
            wanted = str(given).replace("*", ANY_TEXT)
        elif name.startswith("Numeric") and isinstance(given, int | float):
            wanted = given + (1 if "Greater" in name else -1)
        elif name.startswith("Is") and name != "IsPresent":
            wanted = {"IsNumeric": 1, "IsBoolean": True, "IsNull": None}.get(name, ANY_TEXT)
    yield path, wanted
