"""The steps of a path that can name several places, and where they lead, as with Jayway's JSONPath.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Test = Callable[[Any, Any], bool]
"""Does an item of a document with this root pass a filter?"""


class PathStep(Protocol):
    """One step: from a place to those that it leads to."""

    def places(self, here: Any, root: Any) -> Iterator[Any]:
        """The values there; none if it leads nowhere."""
        ...


@dataclass(frozen=True)
class Named:
    """One member of an object, or one item of an array."""

    name: str | int

    def places(self, here: Any, root: Any) -> Iterator[Any]:
        """At most one."""
        if isinstance(self.name, int):
            yield from _items(here, (self.name,))
        elif isinstance(here, Mapping) and self.name in here:
            yield here[self.name]


@dataclass(frozen=True)
class Members:
    """Several members of an object, by name; at the end of a path, an object of them."""

    names: tuple[str, ...]
    is_last: bool = False

    def places(self, here: Any, root: Any) -> Iterator[Any]:
        """Those that are there."""
        if not isinstance(here, Mapping):
            return
        found = {name: here[name] for name in self.names if name in here}
        if self.is_last:
            yield found
        else:
            yield from found.values()


@dataclass(frozen=True)
class Items:
    """Several items of an array, by index."""

    indices: tuple[int, ...]

    def __str__(self) -> str:
        return f"[{','.join(map(str, self.indices))}]"

    def places(self, here: Any, root: Any) -> Iterator[Any]:
        """Those that are there."""
        return _items(here, self.indices)


@dataclass(frozen=True)
class Slice:
    """The items of an array from one index to before another."""

    first: int | None
    end: int | None

    def __str__(self) -> str:
        return "[" + ":".join("" if each is None else str(each) for each in (self.first, self.end)) + "]"

    def places(self, here: Any, root: Any) -> Iterator[Any]:
        """Those that are there."""
        if isinstance(here, list):
            yield from here[self.first : self.end]


@dataclass(frozen=True)
class Every:
    """Every item of an array or member of an object."""

    def places(self, here: Any, root: Any) -> Iterator[Any]:
        """In the order of the document."""
        return _inside(here)


@dataclass(frozen=True)
class Descent:
    """A place and everything in it, however deep."""

    def places(self, here: Any, root: Any) -> Iterator[Any]:
        """A container comes before its content."""
        ahead = [here]
        while ahead:
            place = ahead.pop()
            yield place
            ahead.extend(reversed(list(_inside(place))))


@dataclass(frozen=True)
class StepFilter:
    """The items of an array, or an object itself, that pass a test."""

    passes: Test

    def places(self, here: Any, root: Any) -> Iterator[Any]:
        """Those that pass."""
        for each in here if isinstance(here, list) else (here,) if isinstance(here, Mapping) else ():
            if self.passes(each, root):
                yield each


@dataclass(frozen=True)
class Length:
    """length() at the end of a path."""

    def places(self, here: Any, root: Any) -> Iterator[Any]:
        """One number, null where there is nothing to count."""
        yield len(here) if isinstance(here, list | dict | str) else None


def walk(steps: Sequence[PathStep], here: Any, root: Any) -> Iterator[Any]:
    """Everything that steps lead to."""
    if not steps:
        yield here
        return
    for place in steps[0].places(here, root):
        yield from walk(steps[1:], place, root)


def names_one(steps: Sequence[PathStep]) -> bool:
    """Do the steps lead to one place at most?"""
    return all(
        isinstance(step, Named | Length) or (isinstance(step, Members) and step.is_last) for step in steps
    )


def is_number(value: Any) -> bool:
    """Is it one of JSON's numbers?"""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _items(here: Any, indices: Sequence[int]) -> Iterator[Any]:
    if isinstance(here, list):
        for index in indices:
            if -len(here) <= index < len(here):
                yield here[index]


def _inside(here: Any) -> Iterator[Any]:
    if isinstance(here, list):
        yield from here
    elif isinstance(here, Mapping):
        yield from here.values()
