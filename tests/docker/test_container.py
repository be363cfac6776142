"""LocalStack in a container: where it can be reached from, and what it survives."""

import http.server
import threading

import pytest
from botocore.exceptions import BotoCoreError

from harness.cloud import Unsupported
from harness.localstack import container
from harness.localstack.cloud import LocalStack
from harness.localstack.ports import NotReady
from harness.localstack.sharing import Options, shared
from tests.docker.conftest import listening_addresses

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def running():
    """A container that the tests of this module may harm: each leaves it running."""
    with shared("localstack", exclusive=True) as running:
        yield running


@pytest.fixture
def queue(running, client, request):
    """Which queues are inside, this test's among them. `now`: asked for two seconds at most."""
    sqs = client("sqs", running.url)
    sqs.create_queue(QueueName=request.node.name[:80])
    impatient = client("sqs", running.url, seconds=2)

    def queues(of=sqs):
        return [url.rpartition("/")[2] for url in of.list_queues().get("QueueUrls", [])]

    queues.now = lambda: queues(impatient)
    return queues


def test_it_listens_on_loopback_alone(running):
    assert listening_addresses(running.container.port) == {"127.0.0.1"}


def test_the_guest_is_inside(running):
    import urllib3

    health = urllib3.request("GET", f"{running.url}/_harness/health").json()
    assert health["localstack"] == "4.14.0"
    assert health["faketime"] is True
    assert health["runtimes"] == ["python", "nodejs"]


def test_what_runs_inside_reaches_a_gateway_on_this_machine(running, docker_client):
    answer = http.server.SimpleHTTPRequestHandler
    with http.server.ThreadingHTTPServer((running.gateway_hosts[-1], 0), answer) as gateway:
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        url = running.seen_from_inside(gateway.server_port)
        script = f"import urllib.request; print(urllib.request.urlopen('{url}', timeout=30).status)"
        done = docker_client.containers.get(running.container.id).exec_run(["python", "-c", script])
        gateway.shutdown()
    assert done.output.decode().strip() == "200"


def test_two_accounts_see_nothing_of_each_other(running, client):
    client("sqs", running.url, "222222222222").create_queue(QueueName="mine")
    assert client("sqs", running.url, "333333333333").list_queues().get("QueueUrls", []) == []


def test_paused_it_hangs_and_forgets_nothing(running, queue):
    running.container.pause()
    try:
        assert running.container.status == "paused"
        with pytest.raises(BotoCoreError):
            queue.now()
    finally:
        running.container.unpause()
    assert "test_paused_it_hangs_and_forgets_nothing" in queue()


def test_disconnected_it_is_out_of_reach_and_forgets_nothing(running, queue):
    running.container.disconnect()
    try:
        with pytest.raises(BotoCoreError):
            queue.now()
    finally:
        running.container.connect()
    assert "test_disconnected_it_is_out_of_reach_and_forgets_nothing" in queue()


def test_killed_and_started_it_is_empty_at_the_same_address(running, queue):
    assert queue()
    running.container.kill()
    assert running.container.status == "exited"
    running.container.start()
    assert queue() == []


def test_restarted_it_is_empty_at_the_same_address(running, queue):
    assert queue()
    running.container.restart()
    assert queue() == []


def test_those_who_ask_for_the_same_share_a_container(runtime, in_docker):
    with shared("localstack") as one:
        with shared("localstack") as other:
            assert one.container.id == other.container.id
        assert len(in_docker(one.session.name)) == 2, (
            "its container and its network, until the last one leaves"
        )
    assert in_docker(one.session.name) == []


def test_what_ends_by_itself_at_the_start_leaves_its_last_lines_and_nothing_else(runtime, in_docker):
    options = Options(environment={"PYTHONHOME": "/nowhere"})
    with (
        pytest.raises(NotReady, match="its container ended with code 1") as told,
        shared("localstack", options),
    ):
        pass
    assert "Fatal Python error" in str(told.value)
    assert list(runtime.glob("*/users")) == []


def test_an_image_that_nobody_has_is_asked_for_by_name(runtime):
    with (
        pytest.raises(Unsupported, match="the image localhost:1/nothing:1 can't be pulled"),
        shared("localstack", Options(image="localhost:1/nothing:1")),
    ):
        pass
    assert list(runtime.glob("*/users")) == []


def test_without_a_daemon_it_says_what_is_missing_and_what_works_without(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(Unsupported, match=r"no daemon answers .*--cloud sim, --cloud localstack-host"):
        container.connect()


COMPILED = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Reader:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: app.handler, CodeUri: ., Timeout: 30}
"""


def test_a_package_with_compiled_parts_is_that_of_the_python_inside(running, tmp_path):
    (tmp_path / "requirements.txt").write_text("pyyaml\n")
    (tmp_path / "app.py").write_text(
        "import yaml\ndef handler(event, context): return yaml.load('a: 1', yaml.CSafeLoader)\n"
    )
    (tmp_path / "template.yaml").write_text(COMPILED)
    with LocalStack(running=running) as cloud:
        app = cloud.deploy(tmp_path / "template.yaml")
        assert app.function("Reader").invoke({}) == {"a": 1}
