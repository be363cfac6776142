"""The address by which functions inside of an emulator reach the gateway, as Docker says where it runs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from docker.errors import DockerException

import docker
from harness.gateway.reach import Reach, reach_of

OURS, NOT_OURS = "127.0.0.9", "192.0.2.7"


def container(port, gateway):
    return SimpleNamespace(
        ports={"4566/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}], "53/udp": None},
        attrs={"NetworkSettings": {"Networks": {"own": {"Gateway": gateway}}}},
    )


@pytest.fixture
def daemon(monkeypatch):
    """Makes a daemon that has these containers, and a default network with this gateway."""

    def made(*containers, bridge=NOT_OURS):
        network = SimpleNamespace(attrs={"IPAM": {"Config": [{"Gateway": bridge}]}})
        client = SimpleNamespace(
            containers=SimpleNamespace(list=lambda **_: list(containers)),
            networks=SimpleNamespace(get={"bridge": network}.get),
            close=lambda: None,
        )
        monkeypatch.setattr(docker, "from_env", lambda **_: client)

    return made


def test_without_docker_functions_run_on_this_machine(monkeypatch):
    def none(**_):
        raise DockerException("no daemon")

    monkeypatch.setattr(docker, "from_env", none)
    assert reach_of(4566) == Reach(("127.0.0.1",), "127.0.0.1")


def test_an_emulator_of_this_machine_may_run_functions_in_containers(daemon):
    daemon(container(80, NOT_OURS), bridge=OURS)
    assert reach_of(4566) == Reach(("127.0.0.1", OURS), "127.0.0.1")


def test_in_a_container_functions_reach_this_machine_by_the_gateway_of_its_network(daemon):
    daemon(container(80, NOT_OURS), container(4566, OURS))
    assert reach_of(4566) == Reach(("127.0.0.1", OURS), OURS)


def test_where_docker_has_a_machine_of_its_own_they_reach_it_by_an_alias(daemon):
    daemon(container(4566, NOT_OURS))
    assert reach_of(4566) == Reach(("127.0.0.1",), "host.docker.internal")
