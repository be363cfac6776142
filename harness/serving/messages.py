"""The messages between the process that listens and the one that holds the simulator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CONTROL = "/_harness/"
"""Paths under this one steer the simulator; all others are the cloud's."""

END = None
"""The message after which a simulator's process ends."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `id` is the listener's own, for the answer."""

    id: int
    method: str
    target: str
    headers: Pairs
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one; status 0: the connection is to break without one."""

    id: int
    status: int
    headers: Pairs = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Started:
    """The app is deployed: `addresses` are kind, logical id and address of each resource that clients use."""

    name: str
    addresses: tuple[tuple[str, str, str], ...] = ()

    def to_data(self, url: str) -> dict[str, Any]:
        """As plain data, with the address of the listener."""
        resources = [{"kind": kind, "name": name, "address": at} for kind, name, at in self.addresses]
        return {"app": self.name, "url": url, "resources": resources}


@dataclass(frozen=True, slots=True)
class NotDeployed:
    """The app can't be deployed, and why."""

    problem: str


@dataclass(frozen=True, slots=True)
class Serving:
    """The process that holds the simulator gets this first. `real_time`: the clock goes on by itself.

    `url` is where the listener listens: addresses in answers lead there. `stubs`: answers of third parties.
    """

    template: str
    url: str
    real_time: bool = True
    seed: int = 0
    parameters: dict[str, str] = field(default_factory=dict)
    stubs: dict[str, Any] = field(default_factory=dict)


def json_answer(id_: int, status: int, data: Any) -> Answered:
    """An answer of our own."""
    import json

    text = json.dumps(data, ensure_ascii=False, default=str) + "\n"
    return Answered(id_, status, (("Content-Type", "application/json"),), text.encode())
