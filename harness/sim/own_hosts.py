"""The addresses of the cloud itself, for HTTP clients of the process that connect to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from harness.sim.patches.stubs import StubConnection, StubOutcome, StubRequest

if TYPE_CHECKING:
    from harness.sim.world import World


class OwnHost:
    """What answers at an address. Requests to it are recorded as calls, and meet faults."""

    answers_at_once = False

    def __init__(self, host: str) -> None:
        self.host = host

    def connect(self, timeout: object) -> StubConnection:
        """What the client takes for a socket."""
        return StubConnection(self, timeout if isinstance(timeout, int | float) else None)

    def refuses(self) -> None:
        """It doesn't."""

    def exchange(self, request: StubRequest, timeout: float | None) -> StubOutcome:
        """A request is sent, by a client that waits `timeout` seconds."""
        raise NotImplementedError


@runtime_checkable
class HasHosts(Protocol):
    """A service that HTTP clients reach without an SDK."""

    def at(self, host: str) -> OwnHost | None:
        """What answers at a host; None: nothing of this service."""


class OwnHosts:
    """Those of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, host: str) -> OwnHost | None:
        """What answers at a host; None: it isn't one of this cloud."""
        services = self._world.services.values()
        found = (service.at(host) for service in services if isinstance(service, HasHosts))
        return next((each for each in found if each is not None), None)
