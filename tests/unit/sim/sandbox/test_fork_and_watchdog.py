"""A process that is forked while a simulator is watched can be watched itself."""

import faulthandler
import gc
import inspect
import os
import time

from harness import Simulator, garbage
from harness import forked as forks
from harness.forked import forked
from harness.sim import clock
from harness.sim.sandbox import watchdog


def wait_until_armed():
    until = clock.real_perf_counter() + 60
    while not watchdog._dog.armed and clock.real_perf_counter() < until:
        watchdog._dog._arming.acquire(True, 0.01)
        watchdog._dog._arming.release()
    assert watchdog._dog.armed


def watched_once_more(tell):
    with Simulator():
        wait_until_armed()
        time.sleep(30)
    tell("done")


def test_a_fork_out_of_a_watched_simulator_is_watched_itself():
    with Simulator() as cloud:
        wait_until_armed()

        def goes_on(tell):
            with cloud.unwatched():
                assert not watchdog._dog.armed
            wait_until_armed()
            tell("done")

        assert list(forked(goes_on, 60)) == ["done"]
        wait_until_armed()


def test_a_fork_soon_after_a_run_can_run_and_be_watched():
    with Simulator():
        wait_until_armed()
    assert list(forked(watched_once_more, 60)) == ["done"]


def test_a_fork_within_a_function_stops_the_last_resort_which_functions_cannot():
    with Simulator():
        assert not inspect.isbuiltin(faulthandler.cancel_dump_traceback_later)
        assert inspect.isbuiltin(watchdog._cancel_later)
        assert inspect.isbuiltin(watchdog._dump_later)


def test_what_forks_and_ends_processes_is_not_what_functions_see():
    with Simulator():
        kept = forks._close, forks._killpg, forks._setpgid, garbage._freeze, watchdog._getpid
        assert all(map(inspect.isbuiltin, kept))
        assert not any(map(inspect.isbuiltin, (os.close, os.killpg, os.setpgid, gc.freeze, os.getpid)))
