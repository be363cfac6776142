"""Threads, locks and queues of the simulator."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from harness.sim.activities import Deadlock


def test_a_lock_is_waited_for_in_virtual_time(bench):
    lock, seen = threading.Lock(), []

    def work(name, seconds):
        with lock:
            seen.append((name, bench.kernel.elapsed))
            time.sleep(seconds)

    threads = [threading.Thread(target=work, args=(name, 2)) for name in "abc"]
    for thread in threads:
        thread.start()
    time.sleep(0)
    assert not lock.acquire(timeout=1)
    for thread in threads:
        thread.join()
    assert seen == [("a", 0), ("b", 2), ("c", 4)]
    assert not any(thread.is_alive() for thread in threads)


def test_reentrant_locks_belong_to_a_thread(bench):
    lock, seen = threading.RLock(), []

    def work():
        with lock, lock:
            seen.append(bench.kernel.elapsed)
            time.sleep(1)

    with ThreadPoolExecutor(2) as pool:
        wait([pool.submit(work) for _ in range(2)])
    assert seen == [0, 1]


def test_events_conditions_barriers_semaphores_timers_and_queues(bench):
    event, barrier, channel, seen = threading.Event(), threading.Barrier(2), queue.Queue(), []
    threading.Timer(5, event.set).start()

    def consume():
        while (item := channel.get()) is not None:
            seen.append((item, bench.kernel.elapsed))
        barrier.wait()

    consumer = threading.Thread(target=consume)
    consumer.start()
    assert not event.wait(1)
    channel.put("early")
    assert event.wait(10)
    channel.put("late")
    with pytest.raises(queue.Empty):
        queue.SimpleQueue().get(timeout=2)
    channel.put(None)
    barrier.wait()
    consumer.join()
    assert seen == [("early", 1), ("late", 5)]
    semaphore = threading.BoundedSemaphore(1)
    assert semaphore.acquire()
    assert not semaphore.acquire(timeout=3)
    assert bench.kernel.elapsed == 10


def test_each_thread_has_its_name_its_ident_and_its_locals(bench):
    local, seen = threading.local(), []
    local.value = "main"

    def work():
        local.value = threading.current_thread().name
        time.sleep(1)
        seen.append((local.value, threading.get_ident() == threading.current_thread().ident))

    threads = [threading.Thread(target=work, name=name) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    assert set(threads) < set(threading.enumerate())
    for thread in threads:
        thread.join()
    assert seen == [("one", True), ("two", True)]
    assert local.value == "main"
    assert threading.current_thread() is threading.main_thread()


def test_a_deadlock_is_named(bench):
    lock = threading.Lock()
    with lock, pytest.raises(Deadlock, match="can't happen any more"):
        lock.acquire()


def test_a_lock_made_inside_works_outside(bench_of):
    with bench_of():
        lock, condition, channel = threading.Lock(), threading.Condition(), queue.SimpleQueue()
    got = []

    def take():
        with lock:
            got.append(channel.get())
        with condition:
            condition.notify()

    with condition:
        thread = threading.Thread(target=take)
        thread.start()
        channel.put("item")
        assert condition.wait(10)
    thread.join()
    assert got == ["item"]


def test_an_executor_that_outlives_the_simulator_can_be_shut_down(bench_of):
    with bench_of():
        pool = ThreadPoolExecutor(1)
        assert pool.submit(len, "ab").result() == 2
    pool.shutdown(wait=True)
    assert not any(thread.is_alive() for thread in pool._threads)


def test_an_exception_in_a_functions_thread_is_in_its_log(bench):
    ran = bench.run(
        bench.function(
            """
            import threading

            def handler(event, context):
                thread = threading.Thread(target=lambda: 1 / 0)
                thread.start()
                thread.join()
            """
        )
    )
    assert ran.outcome == "ok"
    assert "Exception in thread Thread-1 (<lambda>):\nTraceback (most recent call last):" in ran.log
    assert "ZeroDivisionError: division by zero" in ran.log


def test_a_wait_that_is_too_short_for_the_clock_ends(bench):
    lock = threading.Lock()
    lock.acquire()
    began = bench.kernel.now
    assert not lock.acquire(timeout=1e-12)
    assert bench.kernel.now > began
