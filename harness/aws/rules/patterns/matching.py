"""The one matcher behind EventBridge's patterns, Pipes' and Lambda's filters, and SNS's filter policies.

An event is looked at as a set of values under paths: `{"detail": {"state": "on"}}` and
`{"detail.state": "on"}` both have "on" under `detail.state`. Values of one list element belong together: a
pattern that names two fields of the elements of a list wants them in the same element.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ValueRule:
    """One rule about a value. `excludes`: it is `anything-but`."""

    holds: Callable[[Any], bool]
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """The rules about the values under a path, of which one must hold.

    `absent`: it also matches where there is no value (`exists` is false). `null`: null is one of the rules.
    """

    path: str
    rules: tuple[ValueRule, ...]
    absent: bool = False
    null: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern, read. It wants what matches all fields of a branch; each way through its `$or`s is one."""

    branches: tuple[tuple[Field, ...], ...]

    def wants(self, event: Mapping[str, Any]) -> bool:
        """Does it want an event, given as JSON values? None that is nested deeper than Python's stack."""
        try:
            return any(_matches(branch, event, {}) for branch in self.branches)
        except RecursionError:
            return False

    def wants_attributes(self, values: Mapping[str, Sequence[Any]]) -> bool:
        """Does it want a message with these attributes, each with its values?

        Of an attribute with several values, `anything-but` has to hold for every one, and null stands for an
        attribute that isn't there.
        https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html
        """
        return any(
            all(_wants_attribute(field, values.get(field.path)) for field in branch)
            for branch in self.branches
        )


Elements = dict[int, int]
"""For each list on the way to a value, by its id, which element was gone into."""


def _matches(fields: Sequence[Field], event: Mapping[str, Any], elements: Elements) -> bool:
    """Do all the fields match, with values of the same elements? Backtracks over the elements of lists."""
    if not fields:
        return True
    field, rest = fields[0], fields[1:]
    found = rest_was_tried = False
    for value, inside in _reach(event, field.path, elements):
        found = True
        if inside is elements and rest_was_tried:
            continue
        if any(rule.holds(value) for rule in field.rules):
            if _matches(rest, event, inside):
                return True
            rest_was_tried = rest_was_tried or inside is elements
    return not found and field.absent and _matches(rest, event, elements)


def _reach(value: Any, path: str | None, elements: Elements) -> Iterator[tuple[Any, Elements]]:
    """The values under a path, and the elements of lists they are in. Path None: this very value."""
    if isinstance(value, list):
        yield from _reach_into(value, path, elements)
    elif isinstance(value, Mapping):
        if path is not None:
            for name, rest in _splits(path):
                if name in value:
                    yield from _reach(value[name], rest, elements)
    elif path is None:
        yield value, elements


def _reach_into(values: list[Any], path: str | None, elements: Elements) -> Iterator[tuple[Any, Elements]]:
    key = id(values)
    chosen = elements.get(key)
    for index, value in enumerate(values):
        if isinstance(value, list | Mapping):
            if chosen is None:
                yield from _reach(value, path, {**elements, key: index})
            elif chosen == index:
                yield from _reach(value, path, elements)
        elif path is None:
            yield value, elements


def _splits(path: str) -> Iterator[tuple[str, str | None]]:
    """The first name of a path and its rest, in every way in which names with dots can make it up.

    >>> list(_splits("a.b.c"))
    [('a', 'b.c'), ('a.b', 'c'), ('a.b.c', None)]
    """
    dot = path.find(".")
    while dot >= 0:
        yield path[:dot], path[dot + 1 :]
        dot = path.find(".", dot + 1)
    yield path, None


def _wants_attribute(field: Field, values: Sequence[Any] | None) -> bool:
    if not values:
        return field.absent or (field.null and values is None)
    return any((all if rule.excludes else any)(map(rule.holds, values)) for rule in field.rules)
