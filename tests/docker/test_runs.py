"""Whole test runs on LocalStack: workers share one, and neither many runs nor killed ones leave anything."""

import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import psutil
import pytest

from harness.localstack import sweep, watcher
from harness.localstack.host import HostProcess
from harness.localstack.ports import is_ready
from harness.localstack.sharing import Options, shared
from tests.helpers import users

CLOUDS = [
    pytest.param("localstack", marks=pytest.mark.docker),
    pytest.param("localstack-host", marks=pytest.mark.localstack_host),
]
WAITING = """
import pathlib, time
import pytest

@pytest.mark.parametrize("part", [1, 2])
def test_waits(cloud, part):
    cloud.client("sqs").create_queue(QueueName="a")
    pathlib.Path(f"part-{part}").write_text(cloud.running.session.name)
    while not pathlib.Path("go").exists():
        time.sleep(0.05)
"""


def variables():
    """Those of this process, without what pytest tells its own children."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


@pytest.fixture
def run(runtime, tmp_path):
    """Start pytest with two workers on a folder of its own; whatever is left of it is killed afterwards."""
    (tmp_path / "test_it.py").write_text(WAITING)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    started = []

    def run(kind):
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--cloud", kind, "test_it.py"]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=variables(), stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        kill(process)


def kill(run):
    """Kill pytest and its workers at once, and return when they are gone."""
    try:
        family = [psutil.Process(run.pid), *psutil.Process(run.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    killed = [member for member in family if os.getpgid(member.pid) == run.pid]
    for member in killed:
        member.send_signal(signal.SIGKILL)
    run.wait()
    _, alive = psutil.wait_procs(killed, 30)
    assert alive == []


def cmdline(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def parts(folder: Path, run):
    """The sessions that the two tests are in, once both wait."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        found = [path.read_text() for path in sorted(folder.glob("part-*"))]
        if len(found) == 2 and all(found):
            return found
        assert run.poll() is None, run.stdout.read()
        time.sleep(0.05)
    raise AssertionError("the tests never began")


@pytest.mark.parametrize("kind", CLOUDS)
def test_two_workers_share_one_and_leave_nothing(kind, run, runtime, tmp_path):
    workers = run(kind)
    one, other = parts(tmp_path, workers)
    assert one == other
    (tmp_path / "go").touch()
    told, _ = workers.communicate(timeout=120)
    assert workers.returncode == 0, told
    assert list(runtime.glob("*/users")) == []


def terminate(run):
    """As CI ends a job that is cancelled: SIGTERM to pytest alone, whose workers then end by themselves."""
    run.terminate()
    run.wait()


@pytest.mark.docker
@pytest.mark.parametrize("end", [terminate, kill])
def test_a_run_that_is_ended_from_outside_leaves_nothing(end, run, runtime, tmp_path, in_docker):
    workers = run("localstack")
    session = parts(tmp_path, workers)[0]
    assert len(in_docker(session)) == 2
    end(workers)
    until = time.monotonic() + 60
    while (list(runtime.glob("*/users")) or in_docker(session)) and time.monotonic() < until:
        time.sleep(0.05)
    assert list(runtime.glob("*/users")) == []
    assert in_docker(session) == []


@pytest.mark.docker
def test_what_nobody_removed_is_gone_after_the_next_start(run, runtime, tmp_path, in_docker):
    workers = run("localstack")
    session = parts(tmp_path, workers)[0]
    watchers = [one for one in psutil.process_iter() if str(runtime / session) in cmdline(one)]
    assert len(watchers) == 1
    assert len(in_docker(session)) == 2
    watchers[0].kill()
    kill(workers)  # from here on any start removes them, also one of a test beside this one
    with shared("localstack") as next_one:
        assert next_one.session.name != session
        assert in_docker(session) == []
        assert [path.parent.name for path in runtime.glob("*/users")] == [next_one.session.name]


@pytest.mark.localstack_host
def test_a_killed_run_ends_its_process(run, runtime, tmp_path):
    workers = run("localstack-host")
    session = sweep.Session(runtime / parts(tmp_path, workers)[0])
    process = HostProcess(**session.state()["process"])
    kill(workers)
    until = time.monotonic() + 120
    while (session.folder.exists() or process.alive()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not session.folder.exists()
    assert not process.alive()


DYING = """
import docker

def test_before(cloud):
    cloud.client("sqs").create_queue(QueueName="a")

def test_at_hand(cloud):
    docker.from_env().containers.get(cloud.running.container.id).kill()
    cloud.client("sqs").create_queue(QueueName="a")

def test_after(cloud):
    cloud.client("sqs").create_queue(QueueName="a")
"""


@pytest.mark.docker
def test_a_container_that_dies_fails_the_test_at_hand_and_no_other(runtime, tmp_path):
    (tmp_path / "test_dying.py").write_text(DYING)
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", "-vv"]
    command += ["--cloud", "localstack", "test_dying.py"]
    done = subprocess.run(command, cwd=tmp_path, env=variables(), capture_output=True, text=True)
    assert "test_at_hand FAILED" in done.stdout
    assert "its container ended with code 137; its log: .harness/logs/localstack-" in done.stdout
    assert "1 failed, 2 passed" in done.stdout.splitlines()[-1]
    [log] = (tmp_path / ".harness" / "logs").iterdir()
    assert "Ready." in log.read_text()
    assert list(runtime.glob("*/users")) == []


def left(runtime, docker_client):
    """All that a run could leak: processes, ports, files, folders, containers, networks."""
    docker_client.close()  # it opens connections anew, and those of before are not what is counted
    gc.collect()
    me = psutil.Process()
    listening = [one for one in psutil.net_connections() if one.pid == me.pid and one.status == "LISTEN"]
    found = {
        "processes": sorted(child.name() for child in me.children(recursive=True)),
        "files": len(os.listdir("/proc/self/fd")),
        "ports": sorted(one.laddr.port for one in listening),
        "folders": sorted(path.name for path in [*runtime.iterdir(), *Path.cwd().iterdir()]),
        "temporary": sorted(path.name for path in Path(tempfile.gettempdir()).iterdir()),
    }
    ours = {"filters": {"label": "harness.session"}}
    containers = docker_client.containers.list(all=True, ignore_removed=True, **ours)
    labels = [one.labels for one in containers]
    labels += [one.attrs["Labels"] for one in docker_client.networks.list(**ours)]
    found["in Docker"] = [label for label in labels if label["harness.users"].startswith(str(runtime))]
    return found


@pytest.mark.docker
def test_runs_in_a_row_leak_no_container_network_volume_process_port_or_folder(
    runtime, docker_client, client
):
    """`HARNESS_RUNS` of them; the first one opens what is opened once."""
    volumes = set()

    def one():
        with shared("localstack", Options(environment={"DEBUG": "0"})) as running:
            sqs = client("sqs", running.url)
            sqs.create_queue(QueueName="a")
            sqs.close()
            mounts = docker_client.containers.get(running.container.id).attrs["Mounts"]
            volumes.update(mount["Name"] for mount in mounts)

    one()
    before = left(runtime, docker_client)
    for _ in range(int(os.environ.get("HARNESS_RUNS", "3"))):
        one()
    assert left(runtime, docker_client) == before
    assert volumes.isdisjoint(volume.name for volume in docker_client.volumes.list())


@pytest.mark.docker
@pytest.mark.skipif(os.getuid() != 0, reason="only root can do something as another user")
def test_two_users_of_one_machine_leave_each_other_alone(runtime, in_docker, monkeypatch, tmp_path):
    users.let_everybody_reach(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, users.OTHER, users.OTHER)
    with shared("localstack", Options(environment={"DEBUG": "0"})) as mine:

        def works_beside_me():
            with shared("localstack") as theirs:
                return theirs.session.name, is_ready(mine.url), is_ready(theirs.url)

        with monkeypatch.context() as patching:
            patching.setenv("XDG_RUNTIME_DIR", str(home))
            patching.setenv("XDG_CACHE_HOME", str(home))
            # The other may neither run this Python nor read its packages.
            patching.setattr(watcher, "start", lambda folder, users: None)
            patching.setattr(
                metadata, "version", {"testcontainers": metadata.version("testcontainers")}.__getitem__
            )
            docker_group = os.stat("/var/run/docker.sock").st_gid
            name, *ready = users.as_another(works_beside_me, (docker_group,))
        assert ready == [True, True]
        assert name != mine.session.name
        assert is_ready(mine.url)
    assert in_docker(name) == in_docker(mine.session.name) == []
