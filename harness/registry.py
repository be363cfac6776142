"""Finds handles, resource types, movers and reports by name, so that a new one is a new file."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, ItemsView, Iterator, Mapping, MutableMapping
from importlib import import_module
from types import ModuleType
from typing import TypeVar

from harness.near import near

T = TypeVar("T")


class Registry(MutableMapping[str, T]):
    """The offers of a package's modules, and those that a user adds.

    `found_in` says which things a module offers, by name. The package is read when something is looked up for
    the first time, its modules in the order of their names. What is defined outside of the package is added
    like an entry of a dictionary; a name that is taken is an error.
    """

    def __init__(self, package: str, kind: str, found_in: Callable[[ModuleType], Mapping[str, T]]) -> None:
        self._package = package
        self._kind = kind
        self._found_in = found_in
        self._things: dict[str, T] = {}
        self._is_read = False

    def wanted(self, name: str) -> T:
        """The thing of that name. Raises `LookupError`, which says what there is."""
        if name in self:
            return self[name]
        raise LookupError(f"no {self._kind} {name!r}{near(name, list(self))}")

    def __getitem__(self, name: str) -> T:
        return self._all()[name]

    def __setitem__(self, name: str, thing: T) -> None:
        if name in self and self[name] is not thing:
            raise ValueError(f"there is a {self._kind} {name!r} already")
        self._things[name] = thing

    def __delitem__(self, name: str) -> None:
        del self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def items(self) -> ItemsView[str, T]:
        return self._all().items()

    def _all(self) -> dict[str, T]:
        if not self._is_read:
            self._is_read = True
            for module in modules_of(self._package):
                for name, thing in self._found_in(module).items():
                    self[name] = thing
        return self._things


def modules_of(package: str) -> Iterator[ModuleType]:
    """The modules of a package, imported, in the order of their names."""
    for found in sorted(pkgutil.iter_modules(import_module(package).__path__), key=lambda found: found.name):
        yield import_module(f"{package}.{found.name}")


def classes_in(module: ModuleType, base: type[T]) -> Iterator[type[T]]:
    """The subclasses of `base` that a module defines, in order."""
    for thing in vars(module).values():
        here = isinstance(thing, type) and thing.__module__ == module.__name__
        if here and issubclass(thing, base) and thing is not base:
            yield thing
