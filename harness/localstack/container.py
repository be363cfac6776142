"""LocalStack in a container: its image, its network, its faults, and that nothing of it stays."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from harness.cloud import Unsupported
from harness.gateway.reach import HOST_ALIAS
from harness.localstack import leftovers, refusals
from harness.localstack.install import ENVIRONMENT, guest_folder, needs
from harness.localstack.network import Way, gateway_addresses, join, member_address, way_of
from harness.localstack.ports import LOOPBACK, NotReady, free_port, wait_until_ready
from harness.localstack.sweep import Session

if TYPE_CHECKING:
    from docker import DockerClient

IMAGE = "localstack/localstack:4.14.0"
OWN_IMAGE = "harness-localstack:4.14.0"
"""The image that docker/localstack/build makes where none can be pulled."""

READY_WITHIN_SECONDS = 90.0
INSIDE_PORT = 4566
GUEST_FOLDER = "/opt/harness"
SHARED = (
    "other tests use this container, too; mark the test with @pytest.mark.exclusive, or write "
    "LocalStack(exclusive=True), for one of its own"
)
INSTEAD = "Without Docker: --cloud sim, --cloud localstack-host, or --cloud endpoint=URL"


class Container:
    """A LocalStack container that exists: its faults, its log, its end. `is_shared`: others may use it, so
    nothing may be done to it."""

    def __init__(
        self, docker: DockerClient, container_id: str, network_id: str, port: int, host: str = LOOPBACK
    ) -> None:
        self._docker = docker
        self.is_shared = False
        self.id = container_id
        self.network_id = network_id
        self.host = host
        self.port = port

    @property
    def url(self) -> str:
        """Its URL: on loopback, unless the tests run in a container, or the daemon on another machine."""
        return f"http://{self.host}:{self.port}"

    @property
    def status(self) -> str:
        """Docker's word: running, paused, exited, …"""
        return str(self._container.status)

    @property
    def image(self) -> str:
        """The image that it runs."""
        return str(self._container.attrs["Config"]["Image"])

    def pause(self) -> None:
        """Freeze it: nothing is lost, requests hang until their timeout."""
        self._own("pause").pause()

    def unpause(self) -> None:
        """Let it go on after `pause`."""
        self._container.unpause()

    def kill(self) -> None:
        """End it at once. Everything it holds is lost."""
        self._own("kill").kill()

    def stop(self, grace_seconds: int = 1) -> None:
        """End it in order. Everything it holds is lost."""
        self._own("stop").stop(timeout=grace_seconds)

    def start(self) -> None:
        """Start it again after `kill` or `stop`, empty; returns when it is ready."""
        self._container.start()
        self.wait_until_ready()

    def restart(self, grace_seconds: int = 1) -> None:
        """Stop it and start it again, empty; returns when it is ready."""
        self._own("restart").restart(timeout=grace_seconds)
        self.wait_until_ready()

    def disconnect(self) -> None:
        """Cut it off: neither tests nor functions get through. Nothing is lost."""
        self._own("disconnect")
        self._docker.networks.get(self.network_id).disconnect(self.id)

    def connect(self) -> None:
        """Connect it again after `disconnect`; returns when it is ready."""
        self._docker.networks.get(self.network_id).connect(self.id)
        self.wait_until_ready()

    def logs(self) -> str:
        """Its output, all starts together."""
        import docker.errors

        try:
            return bytes(self._container.logs()).decode(errors="replace")
        except (docker.errors.DockerException, OSError) as problem:
            return f"no log: {problem}\n"

    def wait_until_ready(self) -> None:
        """Return once it answers. Raises `NotReady`."""
        wait_until_ready(self.url, READY_WITHIN_SECONDS, self.ended)

    def ended(self) -> str:
        """How it has ended; "" while it exists and has not."""
        import docker.errors

        try:
            state = self._container.attrs["State"]
        except docker.errors.NotFound:
            return "its container was removed"
        except (docker.errors.DockerException, OSError) as problem:
            return f"Docker doesn't tell of its container: {refusals.unreachable(problem)}"
        if state["Status"] not in ("exited", "dead"):
            return ""
        hint = "; this image needs LOCALSTACK_AUTH_TOKEN" if state["ExitCode"] == 55 else ""
        memory = ", out of memory" if state.get("OOMKilled") else ""
        return f"its container ended with code {state['ExitCode']}{memory}{hint}"

    def remove(self) -> None:
        """End it, and its network."""
        leftovers.remove(self._docker, [self.id], [self.network_id])

    def close(self) -> None:
        """Let go of it; it goes on."""
        self._docker.close()

    @property
    def _container(self) -> Any:
        return self._docker.containers.get(self.id)

    def _own(self, verb: str) -> Any:
        """The container, which nobody else suffers with. Raises `Unsupported` for one that is shared."""
        if self.is_shared:
            raise Unsupported(f"{verb}: {SHARED}")
        return self._container


def connect() -> DockerClient:
    """A client of the Docker daemon. Raises `Unsupported`: says what is missing, and what works without."""
    try:
        from testcontainers.core.docker_client import DockerClient as Client
    except ImportError as missing:
        raise Unsupported(f"{needs('localstack', missing)}. {INSTEAD}") from None
    import docker.errors

    try:
        client = Client(timeout=120).client
        client.ping()
    except (docker.errors.DockerException, OSError) as problem:
        raise Unsupported(
            f"--cloud localstack needs Docker: {refusals.unreachable(problem)}. {INSTEAD}"
        ) from None
    return client


def attach(container_id: str, network_id: str, port: int, host: str = LOOPBACK) -> Container:
    """A container that somebody else has started."""
    found = Container(connect(), container_id, network_id, port, host)
    found.is_shared = True
    return found


def start(session: Session, image: str | None, environment: Mapping[str, str]) -> Container:
    """Start one on a network of its own, on this machine reachable on loopback only, with the guest inside.

    Raises `Unsupported` without Docker or an image; `NotReady`, with its last lines, if it doesn't come up.
    """
    import docker.errors

    client = connect()
    try:
        leftovers.sweep(client)
        name, way = available_image(client, image), way_of(client)
        labels = leftovers.labels_of(session, way.own)
        network = client.networks.create(f"harness-{session.name}", driver="bridge", labels=labels)
        if way.own:
            join(network, way.own)
        return _start(client, name, network, labels, environment, way)
    except BaseException as problem:
        with suppress(
            docker.errors.DockerException, OSError
        ):  # the daemon may be gone; the next start sweeps
            leftovers.remove_labelled(client, session.name)
        client.close()
        if isinstance(problem, docker.errors.DockerException | OSError):
            raise NotReady(f"LocalStack's container didn't start: {refusals.refused(problem)}") from None
        raise


def remove_session(session: Session) -> None:
    """Remove what a session has left in Docker, and its folder."""
    client = connect()
    try:
        leftovers.remove_labelled(client, session.name)
    finally:
        client.close()
    session.remove()


def addresses(container: Container) -> tuple[tuple[str, ...], str]:
    """The addresses at which a gateway must listen here, and its name for functions inside."""
    client = container._docker
    return gateway_addresses(client.networks.get(container.network_id), way_of(client))


def _start(
    client: DockerClient,
    image: str,
    network: Any,
    labels: dict[str, str],
    environment: Mapping[str, str],
    way: Way,
) -> Container:
    import docker.errors

    for _ in range(3):
        port = INSIDE_PORT if way.own else free_port()
        made = _prepared(image, port, environment, way)
        made.with_kwargs(
            labels=labels,
            network=network.name,
            extra_hosts={HOST_ALIAS: "host-gateway"},
        )
        try:
            with _without_ryuk():
                made.start()
        except docker.errors.APIError as problem:
            leftovers.remove_containers(
                client, leftovers.labelled(client.containers, labels[leftovers.SESSION])
            )
            if "port is already allocated" in str(problem) or "address already in use" in str(problem):
                continue
            raise
        finally:
            made.get_docker_client().client.close()
        id_ = made.get_container_id()
        host = member_address(network, id_) if way.own else way.host
        container = Container(client, id_, network.id, port, host)
        gateway_addresses(network, way)  # before the long wait for what nobody could reach
        try:
            container.wait_until_ready()
        except NotReady as problem:
            last = "\n".join(container.logs().splitlines()[-20:])
            raise NotReady(f"LocalStack's container didn't get ready: {problem}\n{last}") from None
        return container
    raise NotReady("LocalStack's container didn't start: each free port had been taken when it was published")


def _prepared(image: str, port: int, environment: Mapping[str, str], way: Way) -> Any:
    """testcontainers' LocalStack, which outlives the process that starts it while others use it."""
    import os

    from testcontainers.community.localstack import LocalStackContainer
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.docker_client import DockerClient as Client

    class Untied(Client):  # type: ignore[misc]
        def create(self, image: str, **settings: Any) -> Any:
            """Without the label by which Ryuk removes what a process has started."""
            return self.client.containers.create(image, **settings)

    class Shared(LocalStackContainer):  # type: ignore[misc]
        def start(self, timeout: float = READY_WITHIN_SECONDS) -> Any:
            """Doesn't wait for a line in the log: readiness is asked for."""
            return DockerContainer.start(self)

    guest = guest_folder()
    made = Shared(image, INSIDE_PORT)
    made.get_docker_client().client.close()
    made._docker = Untied(timeout=120)
    made.env = {
        **ENVIRONMENT,
        "LOCALSTACK_HOST": f"{LOOPBACK}:{port}",
        "PYTHONPATH": f"{GUEST_FOLDER}/{guest.name}",
        **{name: os.environ[name] for name in ("LOCALSTACK_AUTH_TOKEN",) if name in os.environ},
        **environment,
    }
    made.ports = {} if way.own else {INSIDE_PORT: (way.publishes_at, port)}
    return made.with_copy_into_container(guest, GUEST_FOLDER)


@contextmanager
def _without_ryuk() -> Iterator[None]:
    """Ryuk ends what one process has started when that process ends, though other workers still use it."""
    from testcontainers.core.config import testcontainers_config

    before = testcontainers_config.ryuk_disabled
    testcontainers_config.ryuk_disabled = True
    try:
        yield
    finally:
        testcontainers_config.ryuk_disabled = before


def image_at_hand(client: DockerClient) -> str:
    """The image that would be started without pulling any; '' if none is here."""
    return next((image for image in (IMAGE, OWN_IMAGE) if _has(client, image)), "")


def available_image(client: DockerClient, wanted: str | None = None) -> str:
    """The image to start; pulled if it isn't here. Raises `Unsupported` if it can't be had."""
    import docker.errors

    name = wanted or IMAGE
    if _has(client, name):
        return name
    if name == IMAGE and _has(client, OWN_IMAGE):
        warnings.warn(f"{IMAGE} isn't here: {OWN_IMAGE}, built on this machine, is used", stacklevel=2)
        return OWN_IMAGE
    try:
        client.images.pull(name)
    except (docker.errors.DockerException, OSError) as problem:
        build = "" if wanted else f". Without a registry: build {OWN_IMAGE} with docker/localstack/build"
        raise Unsupported(f"the image {name} can't be pulled: {refusals.refused(problem)}{build}") from None
    return name


def _has(client: DockerClient, image: str) -> bool:
    import docker.errors

    try:
        client.images.get(image)
    except docker.errors.ImageNotFound:
        return False
    return True
