"""A run's clock: real time, and what was skipped."""

import asyncio
import threading
import time

import pytest

from harness.gateway.clock import RunClock


def test_it_counts_real_and_skipped_seconds():
    clock = RunClock()
    clock.skip(100)
    assert 100 <= clock.elapsed() < 105
    assert clock.seconds_of(time.time() + 100) == pytest.approx(clock.elapsed(), abs=1)


def test_a_skip_from_another_thread_wakes_who_sleeps_until_then_and_nobody_else():
    clock, woken = RunClock(), []

    async def sleep(seconds):
        await clock.sleep(seconds, f"for {seconds}")
        woken.append(seconds)

    async def live():
        sleeping = [asyncio.create_task(sleep(seconds)) for seconds in (50, 500, 5000)]
        while len(clock.held()) < 3:
            await asyncio.sleep(0)
        threading.Thread(target=clock.skip, args=(600,)).start()
        await asyncio.gather(*sleeping[:2])
        assert [held.what for held in clock.held()] == ["for 5000"]
        sleeping[2].cancel()
        await asyncio.gather(*sleeping, return_exceptions=True)

    asyncio.run(live())
    assert sorted(woken) == [50, 500]
    assert clock.held() == []


def test_who_sleeps_real_seconds_wakes_without_a_skip():
    clock = RunClock()
    asyncio.run(clock.sleep(0.02))
    assert clock.elapsed() >= 0.02


def test_what_is_held_is_listed_by_its_time():
    clock = RunClock()

    async def live():
        sleeping = [asyncio.create_task(clock.sleep_until(due, str(due))) for due in (9, 3, 6)]
        await asyncio.sleep(0)
        held = [(one.what, one.due) for one in clock.held()]
        clock.skip(10)
        await asyncio.gather(*sleeping)
        return held

    assert asyncio.run(live()) == [("3", 3), ("6", 6), ("9", 9)]


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_time_goes_forward_only(seconds):
    with pytest.raises(ValueError, match="forward"):
        RunClock().skip(seconds)
