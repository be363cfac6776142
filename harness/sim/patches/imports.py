"""Libraries that are met when they are imported: many are never, and importing them takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_Meet = Callable[[ModuleType], object]


@contextmanager
def met(libraries: Mapping[str, _Meet]) -> Iterator[None]:
    """Call these with their module now, if it's there, and whenever one is imported in this block."""
    importer = _Importer(libraries)
    for name, meet in libraries.items():
        if name in sys.modules:
            meet(sys.modules[name])
    sys.meta_path.insert(0, importer)
    try:
        yield
    finally:
        sys.meta_path.remove(importer)


class _Importer:
    """Finds what the other importers find."""

    def __init__(self, libraries: Mapping[str, _Meet]) -> None:
        self._libraries = libraries

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec of a library, whose loader then says that it has come."""
        if name not in self._libraries:
            return None
        others = [importer for importer in sys.meta_path if importer is not self]
        found = (importer.find_spec(name, path, target) for importer in others)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Meeting(spec.loader, self._libraries[name])
        return spec


class _Meeting(Loader):
    """Loads as the library's own loader does, and is gone then."""

    def __init__(self, loader: Loader, meet: _Meet) -> None:
        self._loader = loader
        self._meet = meet

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The module that the library's own loader makes."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run it, and meet it."""
        assert module.__spec__ is not None
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._meet(module)
