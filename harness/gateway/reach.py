"""Where functions reach the gateway from inside of an emulator that harness hasn't started."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

LOOPBACK = "127.0.0.1"
HOST_ALIAS = "host.docker.internal"
"""This machine's name in containers of Docker Desktop and of emulators that give it to their own."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The addresses at which the gateway must listen, and the one that functions are given."""

    hosts: tuple[str, ...] = (LOOPBACK,)
    inside: str = LOOPBACK


def reach_of(port: int) -> Reach:
    """Of an emulator that listens on a port of loopback; Docker says whether that is a container's.

    One that isn't in a container may run functions in some, and replaces loopback by the alias there.
    """
    import docker.errors

    try:
        with closing(docker.from_env(timeout=10)) as client:
            published = [one for one in client.containers.list(ignore_removed=True) if port in _ports(one)]
            networks = _networks(published[0]) if published else [client.networks.get("bridge").attrs]
            gateways = [address for address in _gateways(networks) if is_ours(address)]
    except (docker.errors.DockerException, OSError):  # no Docker, so no containers
        return Reach()
    if not published:
        return Reach((LOOPBACK, *gateways))
    return Reach((LOOPBACK, *gateways[:1]), gateways[0] if gateways else HOST_ALIAS)


def is_ours(address: str) -> bool:
    """Does this machine have the address? Not where Docker runs in a machine of its own, as on macOS."""
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _ports(container: Any) -> set[int]:
    """The ports of this machine that lead into a container."""
    bound = [one for several in container.ports.values() for one in several or ()]
    return {int(one["HostPort"]) for one in bound}


def _networks(container: Any) -> list[Any]:
    return list(container.attrs["NetworkSettings"]["Networks"].values())


def _gateways(networks: list[Any]) -> Iterator[str]:
    """As a network tells it, or as a container tells it of its networks."""
    for network in networks:
        configured = (network.get("IPAM") or {}).get("Config") or ()
        yield from (found for one in (network, *configured) if (found := one.get("Gateway")))
