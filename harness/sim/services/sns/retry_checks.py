"""Is it a delivery policy, and within SNS's limits? Pure.

https://docs.aws.amazon.com/sns/latest/dg/creating-delivery-policy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.aws.rules.delivery_policy import schedule_of, total_seconds
from harness.sim.services.sns.errors import invalid

RETRIES_MAX = 100
DELAY_SECONDS_MAX = 3600
TOTAL_SECONDS_MAX = 3600
_TEXTS = ("css", "csv", "html", "plain", "xml")
_APPLICATIONS = (
    "atom+xml",
    "json",
    "octet-stream",
    "soap+xml",
    "x-www-form-urlencoded",
    "xhtml+xml",
    "xml",
)
_CONTENT_TYPES = {f"text/{kind}" for kind in _TEXTS} | {f"application/{kind}" for kind in _APPLICATIONS}
_OF_TOPIC = (
    "defaultHealthyRetryPolicy",
    "defaultSicklyRetryPolicy",
    "defaultThrottlePolicy",
    "defaultRequestPolicy",
    "disableSubscriptionOverrides",
)
_OF_SUBSCRIPTION = (
    "healthyRetryPolicy",
    "sicklyRetryPolicy",
    "throttlePolicy",
    "requestPolicy",
    "guaranteed",
)
_FUNCTIONS = ("linear", "arithmetic", "geometric", "exponential")
_NUMBERS = (
    "numRetries",
    "minDelayTarget",
    "maxDelayTarget",
    "numNoDelayRetries",
    "numMinDelayRetries",
    "numMaxDelayRetries",
)


def check_delivery_policy(policy: Mapping[str, Any], *, of_topic: bool = False) -> None:
    """Raise InvalidParameter for a subscription's delivery policy, or for what a topic's has under "http"."""
    names = (
        ("http.defaultHealthyRetryPolicy", "http.defaultThrottlePolicy", "http.defaultRequestPolicy")
        if of_topic
        else ("healthyRetryPolicy", "throttlePolicy", "requestPolicy")
    )
    check_members(policy, _OF_TOPIC if of_topic else _OF_SUBSCRIPTION)
    checks = (check_healthy_retry_policy, _check_throttle_policy, _check_request_policy)
    for where, check in zip(names, checks, strict=True):
        member = policy.get(where.removeprefix("http."))
        if member is None:
            continue
        if not isinstance(member, Mapping):
            raise invalid(f"DeliveryPolicy: {where} must be a JSON object")
        check(member, where)


def check_members(policy: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise InvalidParameter for a member that a policy doesn't have."""
    for name in policy:
        if name not in known:
            raise invalid(f"DeliveryPolicy: Unexpected JSON member: {name}")


def _check_throttle_policy(policy: Mapping[str, Any], where: str) -> None:
    value = policy.get("maxReceivesPerSecond")
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise invalid(f"DeliveryPolicy: {where}.maxReceivesPerSecond must be greater than or equal to 1")


def _check_request_policy(policy: Mapping[str, Any], where: str) -> None:
    value = policy.get("headerContentType")
    if value is not None and str(value).partition(";")[0].strip().lower() not in _CONTENT_TYPES:
        raise invalid(f"DeliveryPolicy: {where}.headerContentType is not a supported content type")


def check_healthy_retry_policy(policy: Mapping[str, Any], where: str) -> None:
    """Raise InvalidParameter for a healthyRetryPolicy that SNS doesn't take."""
    check_members(policy, (*_NUMBERS, "backoffFunction"))
    for name, value in policy.items():
        if name == "backoffFunction":
            if value not in _FUNCTIONS:
                told = f"the value [{value}] is not a valid backoff function"
                raise invalid(f"DeliveryPolicy: {where}.{name}: {told}")
        elif not isinstance(value, int) or isinstance(value, bool):
            raise invalid(f"DeliveryPolicy: {where}.{name} must be an integer")
        elif value < (least := int(name == "minDelayTarget")):
            raise invalid(f"DeliveryPolicy: {where}.{name} must be greater than or equal to {least}")
    schedule = schedule_of(policy)
    if schedule.retries > RETRIES_MAX:
        raise invalid(f"DeliveryPolicy: {where}.numRetries must be less than or equal to {RETRIES_MAX}")
    if schedule.delay_max < schedule.delay_min:
        raise invalid(
            f"DeliveryPolicy: {where}.maxDelayTarget must be greater than or equal to minDelayTarget"
        )
    if schedule.delay_max > DELAY_SECONDS_MAX:
        raise invalid(
            f"DeliveryPolicy: {where}.maxDelayTarget must be less than or equal to {DELAY_SECONDS_MAX}"
        )
    if schedule.no_delay + schedule.min_delay + schedule.max_delay > schedule.retries:
        raise invalid(
            f"DeliveryPolicy: {where}.numRetries must be greater than or equal to total of "
            "numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries"
        )
    if total_seconds(schedule) > TOTAL_SECONDS_MAX:
        raise invalid(
            f"DeliveryPolicy: {where}: total retry time must be less than or equal to "
            f"{TOTAL_SECONDS_MAX} seconds"
        )
