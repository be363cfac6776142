"""How often, and after how long, a state is tried again."""

from random import Random

import pytest

from harness.sim.services.states.interpreter.retrying import Attempts
from harness.sim.services.states.language.definition import Retrier


def waits(error, *retriers, tries=6):
    """The waits after each of so many failures; None: it isn't tried again."""
    attempts, chance = Attempts(retriers), Random(1)
    return [attempts.wait_after(error, chance) for _ in range(tries)]


def test_waits_grow_by_the_rate_until_the_attempts_are_used_up():
    retrier = Retrier(("Busy",), interval_seconds=3, backoff_rate=2, max_attempts=3)
    assert waits("Busy", retrier) == [3, 6, 12, None, None, None]


def test_no_wait_is_longer_than_the_limit():
    retrier = Retrier(("Busy",), interval_seconds=3, max_attempts=4, max_delay_seconds=10)
    assert waits("Busy", retrier, tries=4) == [3, 6, 10, 10]


def test_full_jitter_waits_at_most_as_long():
    retrier = Retrier(("Busy",), interval_seconds=10, backoff_rate=1, max_attempts=50, jitter="FULL")
    found = waits("Busy", retrier, tries=50)
    assert 0 <= min(found) < 2
    assert 8 < max(found) <= 10


def test_the_first_retrier_that_names_the_error_decides():
    never, often = Retrier(("Busy",), max_attempts=0), Retrier(("States.ALL",), max_attempts=2)
    assert waits("Busy", never, often, tries=1) == [None]
    assert waits("Lost", never, often, tries=3) == [1, 2, None]


@pytest.mark.parametrize("error", ["States.Runtime", "States.DataLimitExceeded"])
def test_some_errors_are_never_tried_again(error):
    assert waits(error, Retrier(("States.ALL",)), tries=1) == [None]
