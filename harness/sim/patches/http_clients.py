"""httpx and aiohttp, met where they connect."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from harness.sim.patches import stubbed_aiohttp, stubbed_httpx, stubs
from harness.sim.patches.patching import Attributes

_met: dict[int, tuple[ModuleType, Attributes]] = {}
"""Modules of clients, by their ids, and what is replaced in them. A function may have modules of its own."""


def _httpx(module: ModuleType) -> Attributes:
    return stubbed_httpx.attributes(stubs.answering, stubs.StubRequest, module)


def _aiohttp(module: ModuleType) -> Attributes:
    return stubbed_aiohttp.attributes(stubs.answering, stubs.read, module)


def _meeting(attributes_of: Callable[[ModuleType], Attributes]) -> Callable[[ModuleType], None]:
    def meet(module: ModuleType) -> None:
        if id(module) not in _met:
            _met[id(module)] = module, attributes_of(module)
            _met[id(module)][1].install()

    return meet


LIBRARIES = {"httpx": _meeting(_httpx), "aiohttp": _meeting(_aiohttp)}
"""Lets stubs and the cloud itself answer a client."""


def forget() -> None:
    """The clients are their own again."""
    while _met:
        _met.popitem()[1][1].remove()
