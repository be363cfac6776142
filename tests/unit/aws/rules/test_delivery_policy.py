"""The retry schedules.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given

from harness.aws.rules.delivery_policy import (
    AWS_MANAGED,
    CUSTOMER_MANAGED,
    HTTP,
    Schedule,
    content_type_for,
    pace_for,
    policy_of,
    read_policy,
    schedule_for,
    schedule_of,
)
from tests.helpers.policies import retry_policies

HOUR = 3600.0


def delays(schedule: Schedule, many: int | None = None) -> list[float]:
    found = [schedule.delay(retry) for retry in range(1, (many or schedule.retries) + 1)]
    assert None not in found
    return [float(delay) for delay in found if delay is not None]


def test_sqs_and_lambda_are_retried_100_015_times_over_23_days():
    found = delays(AWS_MANAGED)
    assert len(found) == 100_015
    assert AWS_MANAGED.delay(100_016) is None
    assert found[:3] == [0, 0, 0]
    assert found[3:5] == [1, 1]
    assert found[5] == 1
    assert found[14] == 20
    assert found[5:15] == sorted(found[5:15])
    assert set(found[15:]) == {20}
    assert 23 <= sum(found) / 86_400 < 23.5


def test_mail_and_text_messages_are_retried_50_times_over_6_hours():
    found = delays(CUSTOMER_MANAGED)
    assert len(found) == 50
    assert found[:2] == [10, 10]
    assert found[11] == 600
    assert set(found[12:]) == {600}
    assert 6 <= sum(found) / HOUR < 7


def test_http_is_retried_three_times_unless_a_policy_says_otherwise():
    assert delays(HTTP) == [20, 20, 20]
    assert HTTP.delay(4) is None


def test_a_delivery_policy_shapes_the_four_phases():
    policy = {
        "minDelayTarget": 1,
        "maxDelayTarget": 60,
        "numRetries": 50,
        "numNoDelayRetries": 3,
        "numMinDelayRetries": 2,
        "numMaxDelayRetries": 35,
        "backoffFunction": "exponential",
    }
    found = delays(schedule_for("https", {"healthyRetryPolicy": policy}))
    assert found[:5] == [0, 0, 0, 1, 1]
    assert found[5] == 1
    assert found[14] == 60
    assert found[15:] == [60] * 35


def test_back_off_functions_differ_in_how_fast_they_grow():
    halfway = {
        function: schedule_of(
            {"numRetries": 9, "minDelayTarget": 1, "maxDelayTarget": 257, "backoffFunction": function}
        ).delay(5)
        for function in ("linear", "arithmetic", "geometric", "exponential")
    }
    assert halfway["linear"] == 129
    assert halfway["linear"] > halfway["arithmetic"] > halfway["geometric"]
    assert halfway["arithmetic"] > halfway["exponential"]


def test_the_topics_policy_counts_where_the_subscription_has_none_or_can_not_have_one():
    topic = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 7}}}
    own = {"healthyRetryPolicy": {"numRetries": 9}}
    assert schedule_for("http", None, topic).retries == 7
    assert schedule_for("http", own, topic).retries == 9
    topic["http"]["disableSubscriptionOverrides"] = True
    assert schedule_for("http", own, topic).retries == 7
    assert schedule_for("sqs", own, topic) is AWS_MANAGED
    assert schedule_for("email") is CUSTOMER_MANAGED


def test_throttles_and_content_types_come_from_the_subscription_or_its_topic():
    topic = {
        "http": {
            "defaultThrottlePolicy": {"maxReceivesPerSecond": 4},
            "defaultRequestPolicy": {"headerContentType": "text/xml"},
        }
    }
    own = {
        "throttlePolicy": {"maxReceivesPerSecond": 10},
        "requestPolicy": {"headerContentType": "text/csv"},
    }
    assert (pace_for("https"), content_type_for()) == (0.0, "")
    assert (pace_for("https", None, topic), content_type_for(None, topic)) == (0.25, "text/xml")
    assert (pace_for("http", own, topic), content_type_for(own, topic)) == (0.1, "text/csv")
    assert pace_for("sqs", own, topic) == 0.0
    topic["http"]["disableSubscriptionOverrides"] = True
    assert (pace_for("https", own, topic), content_type_for(own, topic)) == (0.25, "text/xml")


@given(retry_policies())
def test_any_policy_waits_ever_longer_within_its_bounds(policy):
    schedule = schedule_of(policy)
    found = delays(schedule)[schedule.no_delay :]
    assert all(before <= after + 1e-9 for before, after in pairwise(found))
    assert all(schedule.delay_min - 1e-9 <= delay <= schedule.delay_max + 1e-9 for delay in found)
    assert schedule.delay(schedule.retries + 1) is None
    assert policy_of(schedule) == policy


def test_a_policy_that_is_no_json_object_counts_as_none():
    assert read_policy('{"http": {}}') == {"http": {}}
    assert read_policy(None) == read_policy("") == read_policy("[") == read_policy("[1]") == {}
