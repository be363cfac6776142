"""Virtual time as ordinary code sees it."""

from __future__ import annotations

import datetime
import logging
import time
import uuid
from types import SimpleNamespace

import botocore.compat
import pytest

from harness.sim.clock import SLEEP_SECONDS_MIN
from harness.sim.kernel import EPOCH, Kernel
from harness.sim.sandbox import Sandbox
from harness.sim.skew import Skew


@pytest.fixture
def kernel():
    kernel = Kernel(seed=1)
    sandbox = Sandbox(SimpleNamespace(kernel=kernel, region="us-east-1", account="123456789012"))
    sandbox.install()
    yield kernel
    kernel.close()
    sandbox.remove()


def readings():
    return [
        time.time(),
        time.time_ns() / 1e9,
        datetime.datetime.now(datetime.UTC).timestamp(),
        time.mktime(time.localtime()),
        time.clock_gettime(time.CLOCK_REALTIME),
    ]


def test_all_clocks_follow_the_kernel(kernel):
    assert readings() == [EPOCH] * 5
    steady = [time.monotonic(), time.perf_counter(), time.monotonic_ns() / 1e9, time.perf_counter_ns() / 1e9]
    kernel.sleep(90)
    assert readings() == [EPOCH + 90] * 5
    assert [time.monotonic(), time.perf_counter()] == [steady[0] + 90, steady[1] + 90]
    assert [time.monotonic_ns() / 1e9, time.perf_counter_ns() / 1e9] == [steady[2] + 90, steady[3] + 90]


def test_a_skewed_task_sees_another_wall_clock(kernel):
    def look():
        seen.append(time.time() - EPOCH)
        kernel.sleep(1)
        seen.append(time.time() - EPOCH)

    seen, noted = [], []
    task = kernel.spawn("skewed", look)
    task.skew = Skew(-300.0, lambda: noted.append(kernel.elapsed))
    kernel.sleep(0.5)
    assert time.time() == EPOCH + 0.5
    task.join()
    assert seen == [-300, -299]
    assert noted == [0, 1]


@pytest.mark.parametrize(
    ("look", "counts"),
    [
        (time.time, True),
        (time.time_ns, True),
        (datetime.datetime.now, True),
        (datetime.datetime.utcnow, True),
        (datetime.date.today, True),
        (lambda: time.ctime(), True),
        (lambda: time.asctime(), True),
        (time.localtime, True),
        (lambda: time.strftime("%Y"), True),
        (uuid.uuid1, True),
        (lambda: time.ctime(0), False),
        (lambda: datetime.datetime.fromtimestamp(0), False),
        (time.monotonic, False),
        (lambda: logging.getLogger("orders").warning("late"), False),
        (lambda: botocore.compat.get_current_datetime(), False),
        (lambda: time.sleep(1), False),
    ],
)
def test_which_looks_at_a_wrong_clock_count(kernel, look, counts):
    noted = []
    task = kernel.spawn("skewed", lambda: look())
    task.skew = Skew(-300.0, lambda: noted.append(1))
    task.join()
    assert task.error is None
    assert bool(noted) is counts


def test_the_time_in_words_is_virtual_too(kernel):
    assert time.ctime() == time.asctime() == "Thu Jan  1 00:00:00 2026"
    assert time.ctime(86_400) == "Fri Jan  2 00:00:00 1970"


def test_sleep_takes_what_the_original_takes(kernel):
    time.sleep(0)
    time.sleep(1e-9)
    time.sleep(2)
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)
    with pytest.raises(TypeError):
        time.sleep("1")
    assert kernel.elapsed == pytest.approx(2 + SLEEP_SECONDS_MIN, abs=1e-6)


def test_a_loop_until_a_moment_ends(kernel):
    until = time.monotonic() + 0.3
    while (left := until - time.monotonic()) > 0:
        time.sleep(left / 2)
    assert kernel.elapsed == pytest.approx(0.3, abs=1e-3)
