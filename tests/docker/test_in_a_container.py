"""Tests that run in a container themselves, with the host's socket, as on GitLab and in dev containers."""

import sys
import uuid
from pathlib import Path

import pytest

from harness.localstack import container
from tests.helpers import works

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
SOCKET = "/var/run/docker.sock"
SCENARIO = """
import pytest
from harness import expect, faults

@pytest.fixture
def app(cloud):
    return cloud.deploy("template.yaml")

def test_an_order_is_billed_in_a_container_beside_this_one(app, chaos):
    chaos.inject(faults.crash("Bill", after_call=1))
    app.queue("Work").send({"order": "o-1"})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")
"""


@pytest.fixture
def run(docker_client, tmp_path):
    """Run the scenario in a container with this machine's Python and packages.

    Gives its output, its status, and the id of the container.
    """
    works.written(tmp_path)
    (tmp_path / "test_it.py").write_text(SCENARIO)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    seen = ["/usr", "/lib", "/lib64", "/etc/ssl", sys.prefix, sys.base_prefix, str(ROOT)]
    volumes = {path: {"bind": path, "mode": "ro"} for path in seen if Path(path).exists()}
    volumes |= {str(tmp_path): {"bind": str(tmp_path)}, SOCKET: {"bind": SOCKET}}
    started = []

    def run(**settings):
        made = docker_client.containers.run(
            container.image_at_hand(docker_client),
            ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--cloud", "localstack", "test_it.py"],
            entrypoint=sys.executable,
            environment={"PYTHONPATH": str(ROOT), "HOME": "/root", "PYTHONDONTWRITEBYTECODE": "1"},
            working_dir=str(tmp_path),
            volumes=volumes,
            detach=True,
            name=f"harness-test-{uuid.uuid4().hex[:8]}",
            **settings,
        )
        started.append(made)
        status = made.wait(timeout=240)["StatusCode"]
        return made.logs().decode(), status, made.id

    yield run
    for made in started:
        made.remove(force=True)


@pytest.fixture
def ours(docker_client):
    """What is labelled as belonging to tests that run in this container."""

    def ours(inside):
        label = {"label": f"harness.inside={inside}"}
        kinds = (
            docker_client.containers.list(all=True, filters=label),
            docker_client.networks.list(filters=label),
        )
        return [one.name for kind in kinds for one in kind]

    return ours


def test_with_the_hosts_socket_localstack_is_reached_on_its_own_network(run, docker_client, ours):
    told, status, mine = run(hostname="runner-of-somebody")
    assert status == 0, told
    assert "1 passed" in told
    assert ours(mine) == []


def test_what_tests_in_a_container_that_is_gone_have_left_is_swept(docker_client, ours):
    from harness.localstack import leftovers

    gone = uuid.uuid4().hex
    labels = {
        "harness.session": "gone",
        "harness.users": "/nowhere",
        "harness.machine": "x",
        "harness.inside": gone,
    }
    docker_client.networks.create(f"harness-{gone[:8]}", labels=labels)
    assert len(ours(gone)) == 1
    leftovers.sweep(docker_client)
    assert ours(gone) == []
