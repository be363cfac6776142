"""The kernel: what happens when, and in which order."""

import gc
import threading
import weakref
from contextvars import ContextVar

import pytest
from greenlet import getcurrent

from harness.sim.activities import Deadlock, Killed, Signal
from harness.sim.kernel import EPOCH, Kernel


@pytest.fixture
def kernel():
    kernel = Kernel(seed=1)
    yield kernel
    kernel.close()


def log_of(kernel, *naps):
    """Spawn an activity for each list of naps; the log of (time, name) that they leave."""
    log = []

    def nap(name, seconds):
        for nap_seconds in seconds:
            kernel.sleep(nap_seconds)
            log.append((kernel.elapsed, name))

    for index, seconds in enumerate(naps):
        kernel.spawn(f"nap-{index}", lambda i=index, s=seconds: nap(i, s))
    kernel.settle(1_000_000)
    return log


def test_time_jumps_to_what_is_due_next(kernel):
    assert log_of(kernel, [10, 5], [12]) == [(10, 0), (12, 1), (15, 0)]


def test_what_is_due_at_the_same_moment_happens_in_the_order_of_planning(kernel):
    assert log_of(kernel, [5], [5], [5]) == [(5, 0), (5, 1), (5, 2)]


def test_every_run_begins_at_the_same_moment():
    assert Kernel(seed=4).now == Kernel(seed=5).now == EPOCH


def test_a_cancelled_timer_does_not_fire(kernel):
    fired = []
    timer = kernel.call_at(kernel.now + 1, lambda: fired.append(1))
    kernel.cancel(timer)
    kernel.cancel(timer)
    assert kernel.settle(10)
    assert not fired


def test_a_signal_wakes_everyone_who_waits(kernel):
    signal, woken = Signal(), []
    for name in "ab":
        kernel.spawn(name, lambda name=name: woken.append((name, kernel.wait(signal))))
    kernel.sleep(1)
    signal.notify()
    kernel.sleep(0)
    assert woken == [("a", True), ("b", True)]


def test_a_wait_that_times_out_says_so_and_takes_that_long(kernel):
    assert kernel.wait(Signal(), 30) is False
    assert kernel.elapsed == 30


def test_a_signal_in_time_leaves_no_timer_behind(kernel):
    signal = Signal()
    kernel.call_at(kernel.now + 1, signal.notify)
    assert kernel.wait(signal, 1000) is True
    assert kernel.settle(10)
    assert kernel.elapsed == 1


def test_waiting_for_what_cannot_happen_is_a_deadlock_not_a_freeze(kernel):
    with pytest.raises(Deadlock, match="can't happen"):
        kernel.wait(Signal())


def test_a_killed_activity_ends_where_it_yielded(kernel):
    log = []

    def two_steps():
        try:
            kernel.sleep(10)
            log.append("second step")
        finally:
            log.append("cleaned up")

    task = kernel.spawn("worker", two_steps)
    kernel.sleep(5)
    task.kill()
    assert task.join(1)
    assert log == ["cleaned up"]
    assert isinstance(task.error, Killed)
    assert kernel.elapsed == 5


def test_an_activity_killed_before_it_began_never_begins(kernel):
    log = []
    task = kernel.spawn("worker", lambda: log.append("ran"))
    task.kill()
    kernel.sleep(1)
    assert not log
    assert task.ended


def test_an_error_in_an_activity_reaches_the_test(kernel):
    kernel.spawn("worker", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        kernel.sleep(1)


def test_a_parked_activity_does_not_keep_a_run_from_being_settled(kernel):
    kernel.spawn("poller", lambda: kernel.wait(Signal()))
    assert kernel.settle(60)
    assert kernel.elapsed == 0


def test_a_background_timer_does_not_keep_a_run_from_being_settled(kernel):
    fired = []
    kernel.call_at(kernel.now + 50, lambda: fired.append(1), background=True)
    assert kernel.settle(60)
    assert not fired


def test_a_run_that_still_moves_is_not_settled_and_says_what_moves(kernel):
    kernel.spawn("retry of billing", lambda: kernel.sleep(1000))
    assert not kernel.settle(60)
    assert kernel.elapsed == 60
    assert kernel.moving() == ["retry of billing"]


def test_the_same_seed_gives_the_same_ids():
    assert [Kernel(3).new_id() for _ in range(3)] == [Kernel(3).new_id()] * 3
    assert Kernel(3).new_id() != Kernel(4).new_id()


def test_only_an_activity_can_wait(kernel):
    kernel.call_soon(lambda: kernel.sleep(1))
    with pytest.raises(RuntimeError, match="only an activity"):
        kernel.sleep(1)


def test_closing_ends_every_activity_and_lets_it_clean_up(kernel):
    log = []

    def worker():
        try:
            kernel.wait(Signal())
        finally:
            log.append("cleaned up")

    kernel.spawn("worker", worker)
    kernel.sleep(1)
    kernel.close()
    assert log == ["cleaned up"]


def test_who_sleeps_while_nothing_else_is_due_goes_on_without_a_switch():
    kernel, switched = Kernel(1), []
    kernel.switched = switched.append
    kernel.call_at(kernel.now + 10, lambda: None)
    kernel.sleep(5)
    assert (kernel.elapsed, kernel.steps, switched) == (5, 1, [kernel.main])


def test_what_is_due_at_the_same_moment_and_was_planned_before_comes_first():
    kernel, seen = Kernel(1), []
    kernel.call_at(kernel.now + 5, lambda: seen.append("timer"))
    kernel.sleep(5)
    assert seen == ["timer"]


def test_a_timer_that_was_cancelled_holds_nobody_up():
    kernel, seen = Kernel(1), []
    kernel.cancel(kernel.call_at(kernel.now + 1, lambda: seen.append("timer")))
    kernel.sleep(5)
    assert (seen, kernel.elapsed) == ([], 5)


def test_an_activity_that_sleeps_past_the_end_of_settling_is_left_asleep():
    kernel, seen = Kernel(1), []
    kernel.spawn("late", lambda: (kernel.sleep(90), seen.append("late")))
    assert kernel.settle(60) is False
    assert (seen, kernel.elapsed) == ([], 60)


def test_an_activity_takes_over_the_greenlet_of_one_that_has_ended(kernel):
    greenlets = []
    for _ in range(3):
        kernel.spawn("one after the other", lambda: greenlets.append(getcurrent()))
        kernel.sleep(1)
    assert len(greenlets) == 3
    assert len(set(greenlets)) == 1


def test_an_activity_sees_the_context_variables_of_its_beginning_not_of_the_one_before(kernel):
    language = ContextVar("language", default="en")
    seen = []

    def speak(own):
        seen.append(language.get())
        language.set(own)

    for own in ("de", "fr"):
        kernel.spawn(own, lambda own=own: speak(own))
        kernel.sleep(1)
    assert seen == ["en", "en"]


def test_an_activity_that_was_killed_leaves_no_trace_in_the_next(kernel):
    killed = kernel.spawn("killed", lambda: kernel.sleep(100))
    kernel.sleep(1)
    killed.kill()
    kernel.sleep(1)
    seen = []
    kernel.spawn("next", lambda: seen.append((kernel.elapsed, kernel.sleep(5), kernel.elapsed)))
    assert kernel.settle(10)
    assert seen == [(2, None, 7)]


def test_a_run_takes_over_the_greenlets_of_the_run_before_it():
    greenlets = []
    for _ in range(2):
        kernel = Kernel()
        kernel.spawn("ends", lambda: greenlets.append(getcurrent()))
        kernel.spawn("is ended", lambda kernel=kernel: (greenlets.append(getcurrent()), kernel.sleep(9)))
        kernel.sleep(1)
        kernel.close()
    assert set(greenlets[:2]) == set(greenlets[2:])


def test_a_kernel_can_be_closed_twice(kernel):
    kernel.close()
    kernel.close()
    assert kernel.closed


def test_greenlets_that_are_kept_hold_nothing_of_the_run_that_made_them():
    runs = []

    def run():
        for _ in range(2):
            kernel = Kernel()
            for name in ("one", "beside it"):
                kernel.spawn(name, lambda kernel=kernel: kernel.sleep(1))
            kernel.sleep(2)
            kernel.close()
            runs.append(weakref.ref(kernel))
            del kernel
            gc.collect()
            runs[-1] = runs[-1]()

    thread = threading.Thread(target=run)  # it has no greenlets yet
    thread.start()
    thread.join()
    assert runs == [None, None]
