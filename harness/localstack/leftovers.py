"""Containers and networks that are left in Docker: those of a session, and those that nobody uses."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.localstack.sweep import MACHINE, Session, in_use

if TYPE_CHECKING:
    from docker import DockerClient

SESSION, _USERS, _MACHINE, _INSIDE = "harness.session", "harness.users", "harness.machine", "harness.inside"


def labels_of(session: Session, own: str) -> dict[str, str]:
    """The labels of what a session starts. `own`: the container in which the tests themselves run."""
    labels = {SESSION: session.name, _USERS: str(session.users), _MACHINE: MACHINE}
    return labels | ({_INSIDE: own} if own else {})


def sweep(client: DockerClient) -> None:
    """Remove containers and networks that nobody uses any more: those of this machine, and those of tests in
    containers that are gone, whose locks went with them."""
    for kind, remove_all in ((client.containers, remove_containers), (client.networks, remove_networks)):
        found = kind.list(**_also_stopped(kind), filters={"label": [SESSION, f"{_MACHINE}={MACHINE}"]})
        remove_all(client, [one.id for one in found if not in_use(Path(_labels(one).get(_USERS, "")))])
        inside = kind.list(**_also_stopped(kind), filters={"label": [SESSION, _INSIDE]})
        remove_all(client, [one.id for one in inside if not _runs(client, _labels(one)[_INSIDE])])


def remove(client: DockerClient, containers: list[str], networks: list[str]) -> None:
    """Remove these."""
    remove_containers(client, containers)
    remove_networks(client, networks)


def remove_labelled(client: DockerClient, session: str) -> None:
    """Remove all of a session."""
    remove(client, labelled(client.containers, session), labelled(client.networks, session))


def labelled(kind: Any, session: str) -> list[str]:
    """The ids of the containers, or networks, of a session."""
    found = kind.list(**_also_stopped(kind), filters={"label": f"{SESSION}={session}"})
    return [one.id for one in found]


def remove_containers(client: DockerClient, ids: list[str]) -> None:
    """Remove containers, with their volumes."""
    import docker.errors

    for one in ids:
        with suppress(docker.errors.NotFound):
            client.api.remove_container(one, force=True, v=True)


def remove_networks(client: DockerClient, ids: list[str]) -> None:
    """Remove networks. Tests that run in a container are members of it until then."""
    import docker.errors

    for one in ids:
        with suppress(docker.errors.NotFound):
            for member in client.api.inspect_network(one).get("Containers") or {}:
                with suppress(docker.errors.APIError):
                    client.api.disconnect_container_from_network(member, one, force=True)
            client.api.remove_network(one)


def _also_stopped(kind: Any) -> dict[str, Any]:
    return {"all": True, "ignore_removed": True} if hasattr(kind, "run") else {}


def _labels(one: Any) -> dict[str, str]:
    return one.attrs.get("Labels") or one.attrs.get("Config", {}).get("Labels") or {}


def _runs(client: DockerClient, container: str) -> bool:
    import docker.errors

    try:
        return bool(client.containers.get(container).status == "running")
    except docker.errors.NotFound:
        return False
