"""How long a process has waited for a core."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from harness.localstack.guest.contention import waited_seconds

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self/schedstat"), reason="this kernel doesn't tell how long processes wait"
)

SPINS = f"import os; os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}})\nwhile True: pass"


@pytest.fixture
def start():
    started = []

    def run(source):
        started.append(subprocess.Popen([sys.executable, "-c", source]))
        return started[-1].pid

    yield run
    for process in started:
        process.kill()
        process.wait()


def test_who_shares_a_core_waits_for_it(start):
    first, second = start(SPINS), start(SPINS)
    until = time.monotonic() + 60
    while min(waited_seconds(first), waited_seconds(second)) < 0.2:
        assert time.monotonic() < until, "two processes ran on one core and neither waited"
        time.sleep(0.01)


def test_who_sleeps_waits_for_nothing():
    assert waited_seconds(os.getpid()) >= 0.0
    assert waited_seconds(None) == 0.0
