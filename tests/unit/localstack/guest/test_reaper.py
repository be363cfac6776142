"""Processes of functions die with LocalStack, however it dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def parent():
    """A process that has started two groups and forgotten the second; with the ids of their leaders."""
    script = textwrap.dedent(
        """
        import subprocess, time
        from harness.localstack.guest import reaper
        started = [subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], process_group=0,
                   stdout=subprocess.PIPE) for _ in range(2)]
        for process in started:
            reaper.watch(process.pid)
        reaper.forget(started[1].pid)
        children = [process.stdout.readline().decode().strip() for process in started]
        print(*[process.pid for process in started], *children, reaper._process.pid, flush=True)
        time.sleep(60)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    leaders_and_children = process.stdout.readline().decode().split()
    yield process, *leaders_and_children
    for pid in leaders_and_children[1::2]:
        subprocess.run(["kill", "-9", pid], check=False)
    process.kill()
    process.wait()
    process.stdout.close()


def test_groups_that_are_left_when_their_parent_is_killed_die(parent):
    process, first, second, child, child_of_second, own = parent
    process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 60
    while not (is_gone(first) and is_gone(child) and is_gone(own)):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert not is_gone(second)
    assert not is_gone(child_of_second)
