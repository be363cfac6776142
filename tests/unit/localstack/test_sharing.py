"""One LocalStack for those who ask for the same, as long as one of them is there.

A process that only sleeps takes its place.
"""

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from harness.cloud import Unsupported
from harness.localstack import sharing, sweep
from harness.localstack.host import HostProcess
from harness.localstack.ports import NotReady
from harness.localstack.sharing import Options, shared


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch):
    """Sessions and logs of this test alone."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "harness"


@pytest.fixture(autouse=True)
def starts(monkeypatch):
    """LocalStack is a process that sleeps. Returns the ids of those that were started."""
    started = []

    def start(kind, options, session):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        started.append(child.pid)
        session.log.write_text("slept well")
        return sharing._hosted(session, HostProcess(child.pid, psutil.Process(child.pid).create_time(), 1))

    monkeypatch.setattr(sharing, "_start", start)
    monkeypatch.setattr(sharing, "is_ready", lambda url: True)
    return started


def runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_two_who_ask_for_the_same_share_one(starts):
    with shared("localstack-host") as one, shared("localstack-host") as other:
        assert one.url == other.url
        assert one.process == other.process
    assert len(starts) == 1


def test_it_runs_until_the_last_one_leaves(starts):
    first, second = shared("localstack-host"), shared("localstack-host")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert runs(starts[0])
    second.__exit__(None, None, None)
    assert not runs(starts[0])


def test_nothing_stays_in_the_runtime_folder_but_locks(runtime):
    with shared("localstack-host"):
        assert list(runtime.glob("*/users"))
    assert {path.suffix for path in runtime.iterdir()} == {".lock"}


@pytest.mark.parametrize("options", [Options(image="another:1"), Options(environment={"DEBUG": "1"})])
def test_those_who_ask_for_something_else_get_one_of_their_own(options, starts):
    with shared("localstack-host"), shared("localstack-host", options):
        assert len(starts) == 2


def test_an_exclusive_one_is_shared_with_nobody(starts):
    with (
        shared("localstack-host", exclusive=True) as mine,
        shared("localstack-host", exclusive=True) as yours,
        shared("localstack-host") as everybodys,
    ):
        assert len({mine.session, yours.session, everybodys.session}) == 3
    assert not any(map(runs, starts))


def test_one_that_no_longer_answers_is_replaced(starts, monkeypatch):
    left = shared("localstack-host")
    left.__enter__()
    monkeypatch.setattr(sharing, "is_ready", lambda url: False)
    with shared("localstack-host") as another:
        assert another.process.pid == starts[1]
    left.__exit__(None, None, None)
    assert not any(map(runs, starts))


USER = """
import os, signal, subprocess, sys, psutil
from harness.localstack import sharing
from harness.localstack.host import HostProcess

def start(kind, options, session):
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(child.pid, flush=True)
    return sharing._hosted(session, HostProcess(child.pid, psutil.Process(child.pid).create_time(), 1))

sharing._start = start
sharing.is_ready = lambda url: True
with sharing.shared("localstack-host"):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_user_left_is_ended_by_the_next_start(runtime, starts):
    killed = subprocess.run([sys.executable, "-c", USER], capture_output=True, text=True)
    left = int(killed.stdout)
    assert killed.returncode == -signal.SIGKILL
    assert runs(left)
    abandoned = next(runtime.glob("*/users"))
    with shared("localstack-host"):
        assert not runs(left)
        assert not abandoned.parent.exists()


def test_a_folder_that_a_dying_localstack_wrote_to_once_more_is_removed_by_the_next_start(runtime):
    left = runtime / "dcf3c3a4c288" / "tmp"
    left.mkdir(parents=True)
    with shared("localstack-host"):
        assert not left.parent.exists()


def test_a_session_whose_process_id_belongs_to_another_process_by_now_leaves_that_alone(starts):
    session, hold = sweep.begin()
    session.write_state({"key": "", "process": {"pid": os.getpid(), "began": 1.0, "port": 1}})
    hold.close()
    with shared("localstack-host"):
        assert not session.folder.exists()


def test_a_start_that_fails_leaves_its_log_and_nothing_else(runtime, monkeypatch, tmp_path):
    def fail(kind, options, session):
        session.log.write_text("the reason")
        raise NotReady("LocalStack didn't start")

    monkeypatch.setattr(sharing, "_start", fail)
    with pytest.raises(NotReady, match=r"didn't start; its log: .*\.log"), shared("localstack-host"):
        pass
    assert [log.read_text() for log in (tmp_path / ".harness/logs").iterdir()] == ["the reason"]
    assert {path.suffix for path in runtime.iterdir()} == {".lock"}


def test_the_log_is_kept_when_the_block_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), shared("localstack-host"):
        raise ZeroDivisionError
    assert [log.read_text() for log in (tmp_path / ".harness/logs").iterdir()] == ["slept well"]


def test_a_kind_that_is_none_says_which_there_are():
    with (
        pytest.raises(Unsupported, match="sim is no LocalStack: localstack and localstack-host are"),
        shared("sim"),
    ):
        pass


def test_two_processes_at_once_start_one(runtime):
    script = textwrap.dedent(USER).replace(
        "os.kill(os.getpid(), signal.SIGKILL)", "print('in', flush=True); sys.stdin.readline()"
    )
    users = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    first = [user.stdout.readline().strip() for user in users]
    assert "in" in first, "the one that came second has started nothing"
    pid = int(next(line for line in first if line != "in"))
    for user in users:
        user.communicate("\n", timeout=120)
    until = time.monotonic() + 60
    while runs(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not runs(pid)


def test_one_that_has_started_is_stopped_if_something_fails_then(starts, monkeypatch):
    def fail(session, state):
        raise OSError("no space left on device")

    monkeypatch.setattr(sweep.Session, "write_state", fail)
    with pytest.raises(OSError, match="no space left"), shared("localstack-host"):
        pass
    assert not runs(starts[0])


def test_who_cannot_join_one_lets_go_of_it(starts, runtime, monkeypatch):
    def fail(session):
        raise OSError("unreadable")

    with shared("localstack-host"):
        with monkeypatch.context() as patching:
            patching.setattr(sharing, "_read", fail)
            with pytest.raises(OSError, match="unreadable"), shared("localstack-host"):
                pass
        assert runs(starts[0])
    assert not runs(starts[0])
