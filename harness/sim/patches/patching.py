"""Puts replacements where the originals are bound, and the originals back."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any

_MISSING: Any = object()

UNTOUCHED = frozenset(
    {
        "harness",
        "_thread",
        "_pytest",
        "pytest",
        "pluggy",
        "xdist",
        "execnet",
        "coverage",
        "hypothesis",
        "time_machine",
        "greenlet",
    }
)
"""Top-level modules that go on measuring real time and using real threads: they run the tests."""

DEBUGGERS = ("pydevd", "_pydev", "debugpy")
"""Beginnings of the names of a debugger's modules, which do the same: that of VS Code, PyCharm and others."""


class Replaced:
    """A block in which attributes are others: of classes and modules that have them themselves."""

    __slots__ = ("_originals", "_replacements")

    def __init__(self, *replacements: tuple[Any, str, Any]) -> None:
        self._replacements = replacements

    def __enter__(self) -> None:
        self._originals = [owner.__dict__[name] for owner, name, _ in self._replacements]
        for owner, name, replacement in self._replacements:
            setattr(owner, name, replacement)

    def __exit__(self, *error: object) -> None:
        for (owner, name, _), original in zip(self._replacements, self._originals, strict=True):
            setattr(owner, name, original)


class Attributes:
    """A set of attributes to be replaced: prepared once in a process, installed and removed often."""

    def __init__(self) -> None:
        self._entries: list[tuple[Any, str, Any, Any]] = []

    def add(self, owner: Any, name: str, replacement: Any) -> None:
        """Replace `owner.name`, also if `owner` only inherits it."""
        self._entries.append((owner, name, owner.__dict__.get(name, _MISSING), replacement))

    def install(self) -> None:
        for owner, name, _, replacement in self._entries:
            setattr(owner, name, replacement)

    def remove(self) -> None:
        for owner, name, original, _ in self._entries:
            if original is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, original)

    def places(self) -> Iterator[tuple[Any, str]]:
        """Everything that is replaced."""
        for owner, name, _, _ in self._entries:
            yield owner, name


class Bindings:
    """Replaces functions and classes in every module that has bound them to a name.

    `time.sleep` and the `sleep` of `from time import sleep` are the same object: both are found. All
    modules are searched once in a process, those imported later when a simulator starts or stops. In those
    that deal with time, defaults of arguments (`def run(sleep=time.sleep)`) and classes are searched, too.
    """

    def __init__(self) -> None:
        self._replacements: dict[int, tuple[Any, Any]] = {}
        self._originals: dict[int, tuple[Any, Any]] = {}
        self._bound: list[tuple[dict[str, Any], str, Any, Any]] = []
        self._within: list[tuple[Any, str, Any, Any]] = []
        self._seen: set[str] = set()
        self._count = 0

    def replace(self, original: Any, replacement: Any) -> None:
        """Wherever `original` is bound, bind `replacement`."""
        self._replacements[id(original)] = original, replacement
        self._originals[id(replacement)] = replacement, original

    def install(self) -> None:
        self._look_at(self._new_modules())
        for namespace, name, _, replacement in self._bound:
            namespace[name] = replacement
        for owner, name, _, replacement in self._within:
            setattr(owner, name, replacement)

    def remove(self) -> None:
        self._look_at(self._new_modules())
        for namespace, name, original, _ in self._bound:
            namespace[name] = original
        for owner, name, original, _ in self._within:
            setattr(owner, name, original)

    def places(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Everything that is replaced."""
        for namespace, name, _, _ in self._bound:
            yield namespace, name

    def _new_modules(self) -> list[str]:
        if len(sys.modules) == self._count:
            return []
        self._count = len(sys.modules)
        new = [name for name in sys.modules if name not in self._seen]
        self._seen.update(new)
        return new

    def _look_at(self, names: Iterable[str]) -> None:
        replacements, originals = self._replacements, self._originals
        for module_name in names:
            if module_name.partition(".")[0] in UNTOUCHED or module_name.startswith(DEBUGGERS):
                continue
            namespace = getattr(sys.modules.get(module_name), "__dict__", None)
            if not isinstance(namespace, dict):
                continue
            for name, value in list(namespace.items()):
                if (known := replacements.get(id(value))) is not None:
                    self._bound.append((namespace, name, known[0], known[1]))
                elif (known := originals.get(id(value))) is not None:
                    self._bound.append((namespace, name, known[1], known[0]))
            if any(value is time for value in namespace.values()):
                self._look_within(module_name, namespace)

    def _look_within(self, module_name: str, namespace: dict[str, Any]) -> None:
        """What functions and classes of this module have bound for good."""
        for value in list(namespace.values()):
            if getattr(value, "__module__", None) != module_name:
                continue
            if isinstance(value, FunctionType):
                self._look_at_defaults(value)
            elif isinstance(value, type):
                for name, member in list(vars(value).items()):
                    inner = getattr(member, "__func__", member)
                    if isinstance(inner, FunctionType):
                        self._look_at_defaults(inner)
                    self._add_within(value, name, member, inner, staticmethod)

    def _look_at_defaults(self, function: FunctionType) -> None:
        defaults = function.__defaults__ or ()
        found = [self._pair(value) for value in defaults]
        if any(original is not replacement for original, replacement in found):
            originals, replacements = (tuple(side) for side in zip(*found, strict=True))
            self._within.append((function, "__defaults__", originals, replacements))

    def _add_within(
        self, owner: type, name: str, member: Any, inner: Any, method: Callable[..., Any]
    ) -> None:
        original, replacement = self._pair(inner)
        if original is not replacement:
            kept = member if inner is original else method(original)
            self._within.append((owner, name, kept, method(replacement)))

    def _pair(self, value: Any) -> tuple[Any, Any]:
        """The original and its replacement, whichever this is; anything else stands for itself."""
        known = self._replacements.get(id(value))
        if known is not None:
            return known
        known = self._originals.get(id(value))
        return (value, value) if known is None else (known[1], known[0])
