"""Delivery policies that SNS takes, and those that it refuses.

https://docs.aws.amazon.com/sns/latest/dg/creating-delivery-policy.html
"""

from __future__ import annotations

import pytest
from hypothesis import given

from harness.aws.rules.delivery_policy import schedule_of, total_seconds
from harness.sim.services.service import ServiceError
from harness.sim.services.sns.retry_checks import (
    TOTAL_SECONDS_MAX,
    check_delivery_policy,
    check_healthy_retry_policy,
)
from tests.helpers.policies import retry_policies


@pytest.mark.parametrize(
    "policy",
    [
        {"numRetries": 101},
        {"numRetries": -1},
        {"numRetries": "3"},
        {"numRetries": True},
        {"minDelayTarget": 0},
        {"minDelayTarget": 30},
        {"maxDelayTarget": 3601},
        {"numNoDelayRetries": 4},
        {"backoffFunction": "cubic"},
        {"retries": 1},
        {"numRetries": 100, "minDelayTarget": 1, "maxDelayTarget": 100},
    ],
)
def test_policies_beyond_the_documented_limits_are_refused(policy):
    with pytest.raises(ServiceError) as caught:
        check_healthy_retry_policy(policy, "healthyRetryPolicy")
    assert caught.value.code == "InvalidParameter"


@pytest.mark.parametrize(
    "policy",
    [
        {"healthyRetryPolicy": []},
        {"healthyRetryPolicy": {"numRetries": 101}},
        {"throttlePolicy": 1},
        {"throttlePolicy": {"maxReceivesPerSecond": 0}},
        {"throttlePolicy": {"maxReceivesPerSecond": "many"}},
        {"throttlePolicy": {"maxReceivesPerSecond": True}},
        {"requestPolicy": "text/plain"},
        {"requestPolicy": {"headerContentType": "text/prose"}},
        {"requestPolicy": {"headerContentType": 1}},
    ],
)
def test_parts_of_a_delivery_policy_are_checked_one_by_one(policy):
    with pytest.raises(ServiceError) as caught:
        check_delivery_policy(policy)
    assert caught.value.code == "InvalidParameter"
    names = {"healthyRetryPolicy": "Healthy", "throttlePolicy": "Throttle", "requestPolicy": "Request"}
    ((name, value),) = policy.items()
    with pytest.raises(ServiceError, match=f"http.default{names[name]}"):
        check_delivery_policy(
            {f"default{names[name]}{'RetryPolicy' if name == 'healthyRetryPolicy' else 'Policy'}": value},
            of_topic=True,
        )


def test_what_is_left_out_or_null_is_as_by_default():
    check_delivery_policy({"healthyRetryPolicy": None, "throttlePolicy": None, "sicklyRetryPolicy": None})
    check_delivery_policy({"requestPolicy": {"headerContentType": "application/json; charset=UTF-8"}})


@given(retry_policies())
def test_any_policy_within_an_hour_is_taken(policy):
    if total_seconds(schedule_of(policy)) <= TOTAL_SECONDS_MAX:
        check_healthy_retry_policy(policy, "healthyRetryPolicy")
    else:
        with pytest.raises(ServiceError, match="total retry time"):
            check_healthy_retry_policy(policy, "healthyRetryPolicy")
