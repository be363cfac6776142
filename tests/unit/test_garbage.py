"""Garbage is looked for less often where runs are made, and as before elsewhere."""

import gc
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
    assert whys[1] == f"{garbage.NEW_OBJECTS} True"


def test_a_forked_process_leaves_alone_what_it_has_inherited():
    [(threshold, frozen)] = forked(lambda tell: tell((gc.get_threshold()[0], gc.get_freeze_count())), 30)
    assert threshold == garbage.NEW_OBJECTS
    assert frozen > 0
    assert gc.get_freeze_count() == 0


def test_a_run_looks_at_nothing_that_was_there_before():
    before = gc.get_threshold()
    with harness.Simulator():
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == (garbage.NEW_OBJECTS, *before[1:])
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


def test_a_run_leaves_no_garbage():
    class Circle:
        pass

    with harness.Simulator():
        circle = Circle()
        circle.itself = circle
        seen_last = weakref.ref(circle)
        del circle
    assert seen_last() is None


def test_what_was_frozen_before_a_run_stays_so():
    gc.freeze()
    try:
        with harness.Simulator():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_what_outlives_runs_becomes_garbage_between_them(monkeypatch):
    class Circle:
        pass

    monkeypatch.setattr(garbage, "OUTLIVED_OBJECTS", 10)
    with harness.Simulator():
        circle = Circle()
        circle.itself = [circle, [[] for _ in range(20)]]
    seen_last = weakref.ref(circle)
    del circle
    with harness.Simulator():
        kept = [[] for _ in range(20)]
    assert seen_last() is None
    assert len(kept) == 20
