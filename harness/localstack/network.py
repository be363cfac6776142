"""The network between the tests and a container: how each sees the other.

Docker on this machine publishes a port on loopback. Tests that run in a container themselves, with the host's
socket, join LocalStack's network instead; those that use a daemon of another machine go by that machine's
address.
"""

from __future__ import annotations

import os
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from harness.cloud import Unsupported
from harness.gateway.reach import HOST_ALIAS, is_ours
from harness.localstack.ports import LOOPBACK

if TYPE_CHECKING:
    from docker import DockerClient

OVERRIDE = "TESTCONTAINERS_HOST_OVERRIDE"
EVERYWHERE = "0.0.0.0"
"""Where a daemon of another machine publishes: its loopback is out of reach."""

_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
_MOUNTS = Path("/proc/self/mountinfo")
_MOUNTED = ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf")
"""What Docker mounts into each container, from a folder of its name."""

_OWN_ID = re.compile(r"/(?:overlay-)?containers/([0-9a-f]{64})/")


@dataclass(frozen=True)
class Way:
    """The way to a container that is about to start.

    `host`: where the daemon's machine is, as seen from here. `own`: the id of the container that this process
    runs in; it joins the network of the one that starts, and `host` doesn't matter.
    """

    host: str = LOOPBACK
    own: str = ""

    @property
    def publishes_at(self) -> str:
        """The address at which the daemon publishes the port."""
        return LOOPBACK if self.host == LOOPBACK else EVERYWHERE


def way_of(client: DockerClient) -> Way:
    """The way to containers of this daemon."""
    if host := remote_host():
        return Way(host)
    return Way(own=own_container(client))


def remote_host() -> str:
    """The machine of the daemon, if that is another one; "" if it is this one, or not told."""
    if given := os.environ.get(OVERRIDE, ""):
        return "" if given in (LOOPBACK, "localhost") else given
    parts = urlsplit(os.environ.get("DOCKER_HOST", ""))
    host = parts.hostname or "" if parts.scheme in ("tcp", "http", "https", "ssh") else ""
    return "" if host in (LOOPBACK, "localhost") else host


def own_container(client: DockerClient) -> str:
    """The id of the container in which this process runs, with a network of its own; "" if there is none that
    the daemon knows."""
    import docker.errors

    for candidate in _candidates():
        with suppress(docker.errors.NotFound):
            found = client.containers.get(candidate)
            mode = str(found.attrs["HostConfig"].get("NetworkMode"))
            return "" if mode == "host" or found.status != "running" else str(found.id)
    return ""


def _candidates() -> list[str]:
    """The ids that the container of this process may have: files that Docker mounts have it in their paths,
    and it is the name of the machine unless another one was chosen."""
    if not any(mark.exists() for mark in _MARKS):
        return []
    mounts = [line.split() for line in _MOUNTS.read_text().splitlines()] if _MOUNTS.exists() else []
    sources = " ".join(mount[3] for mount in mounts if len(mount) > 4 and mount[4] in _MOUNTED)
    found = _OWN_ID.findall(sources)
    return list(dict.fromkeys([*found, socket.gethostname()]))


def join(network: Any, own: str) -> None:
    """The container of this process becomes a member of a network, if it isn't one."""
    network.reload()
    if own not in network.attrs.get("Containers", {}):
        network.connect(own)
        network.reload()


def member_address(network: Any, member: str) -> str:
    """The address of a container in a network."""
    network.reload()
    return str(network.attrs["Containers"][member]["IPv4Address"]).partition("/")[0]


def gateway_addresses(network: Any, way: Way) -> tuple[tuple[str, ...], str]:
    """The addresses at which a gateway must listen here, and its name for functions inside.

    Raises `Unsupported` where nothing inside could come here.
    """
    if way.own:
        address = member_address(network, way.own)
        return (LOOPBACK, address), address
    if way.host != LOOPBACK:
        address = _address_towards(way.host)
        return tuple(dict.fromkeys((LOOPBACK, address))), address
    gateway = str(network.attrs["IPAM"]["Config"][0]["Gateway"])
    if is_ours(gateway):
        return (LOOPBACK, gateway), gateway
    if any(mark.exists() for mark in _MARKS):
        raise Unsupported(
            "the tests run in a container that this Docker daemon doesn't know, and can't reach LocalStack: "
            f"start the container with --network host, or name the daemon's machine in {OVERRIDE}"
        )
    return (LOOPBACK,), HOST_ALIAS


def _address_towards(host: str) -> str:
    """The address of this machine from which it would send to that one. Raises `Unsupported`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))
        except OSError as problem:
            raise Unsupported(f"the Docker daemon's machine {host} is out of reach: {problem}") from None
        return str(probe.getsockname()[0])
