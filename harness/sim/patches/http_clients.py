"""httpx and aiohttp, met where they connect: those that are imported already, and those that will be."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from harness.sim.patches import stubbed_aiohttp, stubbed_httpx, stubs
from harness.sim.patches.patching import Attributes

_CLIENTS: dict[str, Callable[[ModuleType], Attributes]] = {
    "httpx": lambda module: stubbed_httpx.attributes(stubs.answering, stubs.StubRequest, module),
    "aiohttp": lambda module: stubbed_aiohttp.attributes(stubs.answering, stubs.read, module),
}
"""What is replaced in a module of a client, by the name of its library."""

_met: dict[int, tuple[ModuleType, Attributes]] = {}
"""Modules of clients, by their ids, and what is replaced in them. A function may have modules of its own."""


class _Importer:
    """Finds what the other importers find, and meets a client as soon as it's imported."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in _CLIENTS:
            return None
        others = (importer for importer in sys.meta_path if importer is not _Importer)
        found = (importer.find_spec(name, path, target) for importer in others)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Meeting(spec.loader)
        return spec


class _Meeting(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _meet(module.__name__, module)


@contextmanager
def met() -> Iterator[None]:
    """In this block, stubs and the cloud itself answer httpx and aiohttp."""
    for name in _CLIENTS:
        if name in sys.modules:
            _meet(name, sys.modules[name])
    sys.meta_path.insert(0, _Importer)
    try:
        yield
    finally:
        sys.meta_path.remove(_Importer)
        while _met:
            _met.popitem()[1][1].remove()


def _meet(name: str, module: ModuleType) -> None:
    if id(module) not in _met:
        attributes = _CLIENTS[name](module)
        _met[id(module)] = module, attributes
        attributes.install()
