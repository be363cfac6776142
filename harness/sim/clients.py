"""The simulator's own clients, which tests get by `app.client(…)`: made once, the same for each run."""

from __future__ import annotations

import copy
from typing import Any

import boto3

from harness.sim.direct_routes import ROUTES

_made: dict[tuple[str, str], _Kept] = {}


class _Kept:
    """A client, with the attributes and the event handlers that it was made with."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self._attributes = dict(vars(client))
        self._emitter = client.meta.events._emitter
        self._handlers = copy.copy(self._emitter._handlers)

    def restore(self) -> None:
        """As it was made."""
        routes = vars(self.client).get(ROUTES)
        vars(self.client).clear()
        vars(self.client).update(self._attributes)
        if self._emitter._handlers._root is not self._handlers._root:
            self._emitter._handlers = copy.copy(self._handlers)
            self._emitter._lookup_cache = {}
        elif routes is not None:
            vars(self.client)[ROUTES] = routes


def client_of(service: str, region: str) -> Any:
    """The client of a service. It must be asked for while a simulator is active."""
    key = service, region
    if key not in _made:
        _made[key] = _Kept(boto3.client(service, region_name=region))
    return _made[key].client


def restore() -> None:
    """Take away what a run has added to the clients."""
    for kept in _made.values():
        kept.restore()
