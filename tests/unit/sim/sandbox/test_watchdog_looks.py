"""A handler is hung if it was seen running, not if the whole process stood still."""

from harness.sim.clock import real_perf_counter
from harness.sim.sandbox.watchdog import LOOK_EVERY_SECONDS, Watch, Watchdog


def watched(*, looks):
    watch = Watch(10.0)
    watch.task, watch.since = object(), real_perf_counter() - 60
    for _ in range(looks):
        watch.look()
    return watch


def test_a_handler_that_was_seen_running_all_the_time_is_late():
    assert watched(looks=int(10 / LOOK_EVERY_SECONDS)).is_late


def test_a_handler_in_a_process_that_stood_still_is_not():
    assert not watched(looks=2).is_late


def test_looks_at_an_earlier_handler_do_not_count():
    watch = watched(looks=int(10 / LOOK_EVERY_SECONDS))
    watch.task = object()
    assert not watch.is_late
    watch.look()
    assert not watch.is_late


def test_two_that_take_turns_at_one_moment_have_used_up_their_time_each():
    watch, one, other = Watch(1000.0), object(), object()
    watch.turns_to(one, 1.0)
    watch.since -= 600
    watch.turns_to(other, 1.0)
    assert real_perf_counter() - watch.since < 60
    watch.turns_to(one, 1.0)
    assert real_perf_counter() - watch.since > 600
    watch.goes_on(1.0)
    assert real_perf_counter() - watch.since > 600
    watch.goes_on(2.0)
    assert real_perf_counter() - watch.since < 60


def test_a_watchdog_that_has_stopped_holds_no_handler():
    dog = Watchdog(10.0, lambda *_: None)
    dog.start()
    for handler in (object(), object()):
        dog.watch.turns_to(handler, 0.0)
        dog.watch.look()
    dog.stop()
    assert (dog.watch.task, dog.watch.seen, dog.watch.spent) == (None, (None, 0.0), {})
