"""How tests and a container see each other: on this machine, from another container, over another machine."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from docker.errors import NotFound

from harness.cloud import Unsupported
from harness.localstack import network
from harness.localstack.network import Way, remote_host, way_of

ID = "0123456789abcdef" * 4
MOUNTS = """
610 600 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/X
637 610 254:0 /var/lib/docker/containers/{id}/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda rw
"""
PODMAN = "637 610 254:0 /storage/overlay-containers/{id}/userdata/hosts /etc/hosts rw - ext4 /dev/vda rw"


OF_OTHERS = "70 27 0:61 / /var/lib/storage/overlay-containers/{id}/userdata/shm rw - tmpfs shm rw"


@pytest.fixture
def inside(monkeypatch, tmp_path):
    """This process runs in a container, or doesn't; the daemon knows these containers."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv(network.OVERRIDE, raising=False)

    def inside(mounts="", hostname="somebody", known=(), mode="bridge", status="running", is_inside=True):
        (tmp_path / "mountinfo").write_text(mounts.format(id=ID))
        (tmp_path / "mark").touch()
        monkeypatch.setattr(network, "_MOUNTS", tmp_path / "mountinfo")
        monkeypatch.setattr(network, "_MARKS", (tmp_path / ("mark" if is_inside else "no-mark"),))
        monkeypatch.setattr(network.socket, "gethostname", lambda: hostname)

        def get(name):
            if name not in known:
                raise NotFound(name)
            return SimpleNamespace(id=ID, status=status, attrs={"HostConfig": {"NetworkMode": mode}})

        return SimpleNamespace(containers=SimpleNamespace(get=get))

    return inside


def test_outside_of_containers_a_port_is_published_on_loopback(inside):
    way = way_of(inside(known=["somebody"], is_inside=False))
    assert (way, way.publishes_at) == (Way(), "127.0.0.1")


@pytest.mark.parametrize("mounts", [MOUNTS, PODMAN], ids=["Docker", "Podman"])
def test_a_container_is_known_by_the_files_that_are_mounted_into_it(inside, mounts):
    assert way_of(inside(mounts, known=[ID])).own == ID


def test_a_container_is_known_by_its_host_name(inside):
    assert way_of(inside(hostname=ID[:12], known=[ID[:12]])).own == ID


def test_a_container_on_the_hosts_network_is_as_good_as_the_host(inside):
    assert way_of(inside(MOUNTS, known=[ID], mode="host")) == Way()


def test_a_machine_that_runs_containers_is_none_of_them(inside):
    assert way_of(inside(OF_OTHERS, known=[ID])) == Way()


def test_a_container_of_another_daemon_is_none_of_this_one(inside):
    assert way_of(inside(MOUNTS)) == Way()


@pytest.mark.parametrize(
    ("variables", "host"),
    [
        ({}, ""),
        ({"DOCKER_HOST": "unix:///var/run/docker.sock"}, ""),
        ({"DOCKER_HOST": "tcp://127.0.0.1:2375"}, ""),
        ({"DOCKER_HOST": "tcp://docker:2375"}, "docker"),
        ({"DOCKER_HOST": "ssh://me@build.example"}, "build.example"),
        ({network.OVERRIDE: "10.0.0.5", "DOCKER_HOST": "tcp://docker:2375"}, "10.0.0.5"),
        ({network.OVERRIDE: "localhost", "DOCKER_HOST": "tcp://docker:2375"}, ""),
    ],
    ids=["nothing", "a socket", "loopback", "a service", "ssh", "told", "told that it is here"],
)
def test_the_daemon_of_another_machine_is_known_by_variables(inside, monkeypatch, variables, host):
    client = inside()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert remote_host() == host
    assert way_of(client).publishes_at == ("0.0.0.0" if host else "127.0.0.1")


def of_docker(gateway="172.18.0.1", **members):
    containers = {name: {"IPv4Address": f"{address}/16"} for name, address in members.items()}
    attrs = {"IPAM": {"Config": [{"Gateway": gateway}]}, "Containers": containers}
    return SimpleNamespace(attrs=attrs, reload=lambda: None)


def test_functions_reach_tests_in_a_container_at_its_address_in_the_network():
    found = network.gateway_addresses(of_docker(mine="172.18.0.2"), Way(own="mine"))
    assert found == (("127.0.0.1", "172.18.0.2"), "172.18.0.2")


def test_functions_reach_tests_on_this_machine_at_the_networks_gateway(monkeypatch):
    monkeypatch.setattr(network, "is_ours", lambda address: True)
    assert network.gateway_addresses(of_docker(), Way()) == (("127.0.0.1", "172.18.0.1"), "172.18.0.1")


def test_functions_in_a_virtual_machine_reach_this_one_by_its_alias(monkeypatch):
    monkeypatch.setattr(network, "is_ours", lambda address: False)
    monkeypatch.setattr(network, "_MARKS", ())
    assert network.gateway_addresses(of_docker(), Way()) == (("127.0.0.1",), "host.docker.internal")


def test_functions_on_another_machine_reach_the_address_that_goes_there():
    assert network.gateway_addresses(of_docker(), Way("127.0.0.2")) == (("127.0.0.1",), "127.0.0.1")


def test_a_container_that_the_daemon_does_not_know_is_told_so_at_once(monkeypatch):
    monkeypatch.setattr(network, "is_ours", lambda address: False)
    monkeypatch.setattr(network, "_MARKS", (Path("/dev/null"),))
    with pytest.raises(Unsupported, match=r"--network host, or name .* TESTCONTAINERS_HOST_OVERRIDE"):
        network.gateway_addresses(of_docker(), Way())


def test_a_machine_that_nobody_knows_is_told_so_at_once():
    with pytest.raises(Unsupported, match=r"the Docker daemon's machine nowhere\.invalid is out of reach"):
        network.gateway_addresses(of_docker(), Way("nowhere.invalid"))
