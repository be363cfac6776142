"""EventBridge's retries, and the attributes of its dead letters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.event_retries import RetryPolicy, dead_letter_attributes


@given(st.integers(1, 185), st.floats(0, 1))
def test_delays_grow_up_to_eight_minutes(retry, jitter):
    policy = RetryPolicy()
    assert 0 < policy.delay(retry, jitter) <= min(2.0 ** (retry - 1), 480.0)
    assert policy.delay(retry, 0.0) * 2 == policy.delay(retry, 1.0)


def test_all_retries_fit_into_a_day():
    policy = RetryPolicy()
    assert sum(policy.delay(retry, 1.0) for retry in range(1, 186)) < policy.age_seconds_max


def test_the_limit_that_comes_first_ends_the_retries():
    policy = RetryPolicy.of({"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60})
    assert policy.exhausted(2, 60.0) == ""
    assert policy.exhausted(3, 10.0) == "MaximumRetryAttempts"
    assert policy.exhausted(1, 60.5) == "MaximumEventAgeInSeconds"


def test_no_retries_at_all_can_be_asked_for():
    assert RetryPolicy.of({"MaximumRetryAttempts": 0}).exhausted(1, 0.0) == "MaximumRetryAttempts"


def test_a_dead_letter_says_what_went_wrong():
    told = dead_letter_attributes({"RULE_ARN": "r"}, "AccessDenied", "no", exhausted="", retries=0)
    assert {name: each["StringValue"] for name, each in told.items()} == {
        "RULE_ARN": "r",
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "no",
    }
