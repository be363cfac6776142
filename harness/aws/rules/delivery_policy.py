"""SNS's retries of deliveries, by protocol and delivery policy.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Schedule:
    """The retries after a first attempt that failed, in four phases; delays in seconds.

    `no_delay` at once, `min_delay` after `delay_min` each, then back-off from `delay_min` to `delay_max`
    by `function`, and the last `max_delay` after `delay_max` each. `retries` is their number in all.
    """

    retries: int
    delay_min: float
    delay_max: float
    no_delay: int = 0
    min_delay: int = 0
    max_delay: int = 0
    function: str = "linear"

    def delay(self, retry: int) -> float | None:
        """Seconds before this retry, counted from 1. None: there is none."""
        if not 1 <= retry <= self.retries:
            return None
        if retry <= self.no_delay:
            return 0.0
        if retry <= self.no_delay + self.min_delay:
            return self.delay_min
        if retry > self.retries - self.max_delay:
            return self.delay_max
        steps = self.retries - self.no_delay - self.min_delay - self.max_delay
        return self._back_off(retry - self.no_delay - self.min_delay, steps)

    def _back_off(self, step: int, steps: int) -> float:
        """The delay at a step of the back-off: `delay_min` at the first, `delay_max` at the last."""
        if steps == 1:
            return self.delay_min
        part = (step - 1) / (steps - 1)
        low, high = self.delay_min, self.delay_max
        if self.function == "arithmetic":
            return low + (high - low) * (step * (step - 1)) / (steps * (steps - 1))
        if self.function == "geometric":
            return float(low * (high / low) ** part) if low else high * part
        if self.function == "exponential":
            grown = (2.0 ** min(step - 1, 500) - 1) / (2.0 ** min(steps - 1, 500) - 1)
            return low + (high - low) * grown
        return low + (high - low) * part


AWS_MANAGED = Schedule(100_015, 1, 20, no_delay=3, min_delay=2, max_delay=100_000, function="exponential")
"""SQS and Lambda: 100,015 retries over 23 days."""
CUSTOMER_MANAGED = Schedule(50, 10, 600, min_delay=2, max_delay=38, function="exponential")
"""SMTP and SMS: 50 retries over 6 hours."""
HTTP = Schedule(3, 20, 20)
"""HTTP and HTTPS, unless a delivery policy says otherwise: three retries, 20 seconds apart."""

CONTENT_TYPE = "text/plain; charset=UTF-8"
"""Of requests to HTTP endpoints, unless a delivery policy says otherwise."""

_MEMBERS = {
    "minDelayTarget": "delay_min",
    "maxDelayTarget": "delay_max",
    "numRetries": "retries",
    "numMaxDelayRetries": "max_delay",
    "numNoDelayRetries": "no_delay",
    "numMinDelayRetries": "min_delay",
    "backoffFunction": "function",
}


def schedule_for(
    protocol: str,
    subscription_policy: Mapping[str, Any] | None = None,
    topic_policy: Mapping[str, Any] | None = None,
) -> Schedule:
    """The schedule of a subscription. The policies are `DeliveryPolicy` as JSON values."""
    if protocol in ("sqs", "lambda"):
        return AWS_MANAGED
    if protocol not in ("http", "https"):
        return CUSTOMER_MANAGED
    return schedule_of(
        _member("healthyRetryPolicy", "defaultHealthyRetryPolicy", subscription_policy, topic_policy)
    )


def pace_for(
    protocol: str,
    subscription_policy: Mapping[str, Any] | None = None,
    topic_policy: Mapping[str, Any] | None = None,
) -> float:
    """Seconds that a throttle policy puts between two deliveries; 0 without one."""
    if protocol not in ("http", "https"):
        return 0.0
    throttle = _member("throttlePolicy", "defaultThrottlePolicy", subscription_policy, topic_policy)
    per_second = throttle.get("maxReceivesPerSecond")
    return 1.0 / per_second if per_second else 0.0


def content_type_for(
    subscription_policy: Mapping[str, Any] | None = None, topic_policy: Mapping[str, Any] | None = None
) -> str:
    """The content type that the policies ask for; "" if they don't."""
    request = _member("requestPolicy", "defaultRequestPolicy", subscription_policy, topic_policy)
    return str(request.get("headerContentType") or "")


def _member(
    name: str, default_name: str, own: Mapping[str, Any] | None, of_topic: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    http = (of_topic or {}).get("http") or {}
    found = None if http.get("disableSubscriptionOverrides") else (own or {}).get(name)
    member: Mapping[str, Any] = found or http.get(default_name) or {}
    return member


def kept_by_topic(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A topic's policy as it is kept: a retry policy is filled up, and what isn't given stays out.

    Recorded on AWS, October 2026.
    """
    http = policy.get("http") or {}
    retries = http.get("defaultHealthyRetryPolicy")
    kept = {
        "defaultHealthyRetryPolicy": policy_of(schedule_of(retries)) if retries else None,
        "disableSubscriptionOverrides": http.get("disableSubscriptionOverrides") or False,
        "defaultThrottlePolicy": http.get("defaultThrottlePolicy"),
        "defaultRequestPolicy": http.get("defaultRequestPolicy"),
    }
    return {"http": {name: member for name, member in kept.items() if member is not None}}


def effective_for_topic(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A topic's policy with the defaults in it."""
    http = kept_by_topic(policy)["http"]
    order = {"defaultHealthyRetryPolicy": policy_of(HTTP), "disableSubscriptionOverrides": False}
    return {"http": order | {"defaultRequestPolicy": {"headerContentType": CONTENT_TYPE}} | http}


def kept_by_subscription(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A subscription's policy as it is kept: all members are there, null where none is given.

    Recorded on AWS, October 2026.
    """
    retries, sickly = policy.get("healthyRetryPolicy"), policy.get("sicklyRetryPolicy")
    return {
        "healthyRetryPolicy": policy_of(schedule_of(retries)) if retries else None,
        "sicklyRetryPolicy": policy_of(schedule_of(sickly)) if sickly else None,
        "throttlePolicy": policy.get("throttlePolicy"),
        "requestPolicy": policy.get("requestPolicy"),
        "guaranteed": policy.get("guaranteed") or False,
    }


def effective_for_subscription(
    own: Mapping[str, Any] | None, of_topic: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The policy by which a subscription of an HTTP endpoint goes: its own, its topic's, the defaults."""
    kept = kept_by_subscription(own or {})
    retries = _member("healthyRetryPolicy", "defaultHealthyRetryPolicy", own, of_topic)
    throttle = _member("throttlePolicy", "defaultThrottlePolicy", own, of_topic)
    request = _member("requestPolicy", "defaultRequestPolicy", own, of_topic)
    return kept | {
        "healthyRetryPolicy": policy_of(schedule_of(retries)),
        "throttlePolicy": dict(throttle) or None,
        "requestPolicy": dict(request) or {"headerContentType": CONTENT_TYPE},
    }


def read_policy(text: str | None) -> Mapping[str, Any]:
    """A `DeliveryPolicy` attribute, read; empty if there is none or it is no JSON object."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def schedule_of(policy: Mapping[str, Any]) -> Schedule:
    """The schedule that a healthyRetryPolicy describes; what it leaves out is as by default."""
    return replace(HTTP, **{member: policy[name] for name, member in _MEMBERS.items() if name in policy})


def total_seconds(schedule: Schedule) -> float:
    """The time that all retries take. O(retries)."""
    return sum(schedule.delay(retry) or 0.0 for retry in range(1, schedule.retries + 1))


def policy_of(schedule: Schedule) -> dict[str, Any]:
    """The healthyRetryPolicy that describes a schedule."""
    return {name: getattr(schedule, member) for name, member in _MEMBERS.items()}
