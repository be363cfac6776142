"""How long an asynchronous event is tried."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.async_retries import Failed, Limits, Tries, TryAgain, next_step


def test_a_function_error_is_retried_after_one_minute_and_then_two():
    steps = [next_step(Limits(), Tries(errors), 0, ran=True) for errors in (1, 2, 3)]
    assert steps == [TryAgain(60), TryAgain(120), Failed("RetriesExhausted")]


def test_without_retries_the_first_error_is_the_last():
    assert next_step(Limits(0), Tries(1), 0, ran=True) == Failed("RetriesExhausted")


def test_an_event_too_old_for_its_next_attempt_fails():
    assert next_step(Limits(2, 60), Tries(1), 1.0, ran=True) == Failed("EventAgeExceeded")


def test_throttles_back_off_from_one_second_to_five_minutes_for_six_hours():
    delays, age, tries = [], 0.0, 0
    while True:
        tries += 1
        step = next_step(Limits(), Tries(0, tries), age, ran=False)
        if isinstance(step, Failed):
            break
        delays.append(step.after_seconds)
        age += step.after_seconds
    assert delays[:4] == [1, 2, 4, 8]
    assert max(delays) == 300
    assert step.condition == "EventAgeExceeded"
    assert 6 * 3600 - 300 < age <= 6 * 3600


@given(st.integers(0, 2), st.integers(60, 21_600), st.integers(1, 4), st.floats(0, 30_000))
def test_no_attempt_begins_after_the_age_limit(attempts, age_max, errors, age):
    step = next_step(Limits(attempts, age_max), Tries(errors), age, ran=True)
    if isinstance(step, TryAgain):
        assert age + step.after_seconds <= age_max
        assert errors <= attempts


def test_what_can_not_help_is_not_tried_again():
    missing = next_step(Limits(), Tries(0, 1), 0, ran=False, retryable=False)
    assert missing == Failed("RetriesExhausted")
    stopped = next_step(Limits(), Tries(0, 1), 0, ran=False, stopped=True)
    assert stopped == Failed("ZeroReservedConcurrency")


def test_attempts_are_counted_by_how_they_ended():
    tries = Tries().after(ran=True).after(ran=False).after(ran=True)
    assert (tries.function_errors, tries.system_errors, tries.made) == (2, 1, 3)
