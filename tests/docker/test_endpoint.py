"""An emulator of the user's own in a container: what runs inside of it reaches the gateway."""

import pytest

from harness.faults.active import ActivePlan
from harness.gateway.clock import RunClock
from harness.gateway.reach import reach_of
from harness.gateway.server import Gateway
from harness.history import Recorder
from harness.history.places import Names
from harness.localstack import container
from harness.localstack.ports import LOOPBACK, free_port

pytestmark = pytest.mark.docker

UNTIL_IT_LISTENS = """
import urllib.request
while True:
    try:
        urllib.request.urlopen("http://127.0.0.1")
        break
    except OSError:
        pass
"""


@pytest.fixture
def emulator(docker_client):
    """A container that listens on a port of this machine's loopback; the port and the container."""
    port = free_port()
    made = docker_client.containers.run(
        container.image_at_hand(docker_client),
        ["-m", "http.server", "80"],
        entrypoint="python3",
        ports={80: (LOOPBACK, port)},
        detach=True,
    )
    try:
        made.exec_run(["timeout", "20", "python3", "-c", UNTIL_IT_LISTENS])
        yield port, made
    finally:
        made.remove(force=True, v=True)


def test_a_function_in_the_emulators_container_reaches_the_gateway(emulator):
    port, made = emulator
    reach, clock = reach_of(port), RunClock()
    recorder, names = Recorder(clock.elapsed), Names("us-east-1", "123456789012")
    with Gateway(
        f"http://{LOOPBACK}:{port}",
        account="123456789012",
        plan=ActivePlan(0),
        recorder=recorder,
        names=names,
        clock=clock,
        hosts=reach.hosts,
    ) as gateway:
        url = f"http://{reach.inside}:{gateway.port}/"
        ask = f"import urllib.request; print(urllib.request.urlopen('{url}', timeout=60).status)"
        done = made.exec_run(["python3", "-c", ask])
    assert done.output.decode().strip() == "200"
    assert [call.subject for call in recorder.history().of("call")] == ["unknown:GET /"]
