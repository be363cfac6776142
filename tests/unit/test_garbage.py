"""Garbage is looked for less often where runs are made, and as before elsewhere."""

import gc
import subprocess
import sys
import weakref

import pytest

import harness
from harness import garbage
from harness.explore import Outcome, Processes, Serial
from harness.forked import forked
from harness.plan import Plan


def seen(run, plan):
    """A task that tells what a run sees of the collector."""
    return run(plan)


def run(plan):
    return Outcome(plan=plan, status="recovered", why=f"{gc.get_threshold()[0]} {gc.get_freeze_count() > 0}")


def leaves_garbage(plan):
    """A run that tells whether the one before is still there, and leaves a circle."""
    is_there = bool(_left) and _left.pop()() is not None
    _left.append(weakref.ref(Circle()))
    return Outcome(plan=plan, status="recovered", why=f"{is_there}")


_left = []


@pytest.fixture
def pythons_own_threshold():
    before = gc.get_threshold()
    gc.set_threshold(700, *before[1:])
    yield
    gc.set_threshold(*before)


def test_inside_of_the_block_only():
    before = gc.get_threshold()
    with garbage.looked_for_seldom():
        assert gc.get_threshold() == (garbage.NEW_OBJECTS, *before[1:])
    assert gc.get_threshold() == before


def test_it_is_as_before_after_an_error():
    before = gc.get_threshold()
    with pytest.raises(LookupError), garbage.looked_for_seldom():
        raise LookupError
    assert gc.get_threshold() == before


def test_runs_in_this_process_leave_it_as_it_was():
    before = gc.get_threshold()
    outcomes = Serial().each(seen, run, [Plan(), Plan(1)])
    assert [outcome.why for outcome in outcomes] == [f"{garbage.NEW_OBJECTS} False"] * 2
    assert gc.get_threshold() == before


def test_a_worker_never_looks_again_at_what_its_first_run_has_loaded():
    engine = Processes(1)
    try:
        whys = [outcome.why for outcome in engine.each(seen, run, [Plan(), Plan(1)])]
    finally:
        engine.close()
    assert whys[1] == f"{garbage.RUN_OBJECTS} True"


def test_a_run_of_a_worker_is_no_longer_there_when_the_next_begins():
    engine = Processes(1)
    try:
        whys = [outcome.why for outcome in engine.each(seen, leaves_garbage, [Plan(n) for n in range(4)])]
    finally:
        engine.close()
    assert whys == ["False"] * 4


def test_a_forked_process_leaves_alone_what_it_has_inherited():
    [(threshold, frozen)] = forked(lambda tell: tell((gc.get_threshold()[0], gc.get_freeze_count())), 30)
    assert threshold == garbage.NEW_OBJECTS
    assert frozen > 0
    assert gc.get_freeze_count() == 0


def test_a_run_in_a_forked_process_never_counts_what_is_frozen(monkeypatch):
    counted = []
    monkeypatch.setattr(gc, "get_freeze_count", lambda: counted.append("all of it") or 1)

    def work(tell):
        with harness.Simulator():
            tell(list(counted))

    assert list(forked(work, 30)) == [[]]


def test_a_run_looks_at_nothing_that_was_there_before():
    before = gc.get_threshold()
    with harness.Simulator():
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == (garbage.NEW_OBJECTS, *before[1:])
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


def test_nobody_looks_while_modules_are_loaded():
    looks = []
    gc.callbacks.append(lambda phase, info: looks.append(phase))
    try:
        with garbage.not_while_loading():
            loaded = [[] for _ in range(10_000)]
        assert gc.isenabled()
    finally:
        gc.callbacks.pop()
    assert looks == []
    assert gc.get_freeze_count() == 0
    assert any(one is loaded for one in gc.get_objects(2))  # old already, without a look


def test_what_is_loaded_is_not_looked_at_when_the_process_ends():
    script = """
import atexit, gc
from harness import garbage

atexit.register(lambda: print("frozen" if gc.get_freeze_count() else "not frozen"))
garbage.left_at_exit()
print("before:", gc.get_freeze_count())
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["before: 0", "frozen"]


def test_where_somebody_has_frozen_objects_loading_changes_nothing():
    gc.freeze()
    try:
        with garbage.not_while_loading():
            assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


class Circle:
    """Holds itself, and what it is given."""

    def __init__(self, *held):
        self.held = [self, *held]


def test_a_run_is_no_longer_there_when_the_next_begins():
    with harness.Simulator():
        circle = Circle()
        seen_last = weakref.ref(circle)
    del circle
    with harness.Simulator():
        assert seen_last() is None


def test_the_end_of_a_run_like_the_one_before_is_no_reason_to_look(pythons_own_threshold):
    looks, held = [], []

    def look(phase, info):
        looks.append(phase)

    for _ in range(2):
        garbage.before_a_run()
        with garbage.of_a_run():
            held.append([[] for _ in range(5_000)])
            looks.clear()
            gc.callbacks.append(look)
        [[] for _ in range(100)]
        gc.callbacks.remove(look)
    assert looks == []


def test_what_was_frozen_before_a_run_stays_so():
    gc.freeze()
    try:
        with harness.Simulator():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_what_has_outlived_runs_is_looked_at_when_it_is_much(monkeypatch):
    old = Circle()
    seen_last = weakref.ref(old)
    gc.collect()
    del old
    with harness.Simulator():
        assert seen_last() is not None
    monkeypatch.setattr(garbage, "OLD_OBJECTS", 1000)
    kept = [[] for _ in range(2000)]
    with harness.Simulator():
        assert seen_last() is None
    assert len(kept) == 2000


def test_a_simulator_that_nobody_enters_leaves_nothing_aside():
    gc.collect()
    frozen = gc.get_freeze_count()
    simulator = harness.Simulator()
    assert frozen or gc.get_freeze_count()
    del simulator
    gc.collect()
    assert gc.get_freeze_count() == frozen


def test_a_simulator_that_nobody_enters_is_of_no_account_beside_one_that_runs():
    with harness.Simulator():
        frozen = gc.get_freeze_count()
        harness.Simulator()
        gc.collect()
        assert frozen // 2 < gc.get_freeze_count() <= frozen  # what is put aside may still go
