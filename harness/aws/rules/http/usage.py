"""API keys and usage plans: who may call, how fast and how often.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .guards import RateLimit, TokenBucket


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key. Without its value it is nobody's."""

    id: str
    value: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Quota:
    """So many requests in a DAY, WEEK or MONTH."""

    limit: int
    period: str


@dataclass(slots=True)
class UsagePlan:
    """A plan for stages of APIs, by their ids and names. `methods`: limits of methods ("/work/POST")."""

    id: str
    stages: frozenset[tuple[str, str]]
    throttle: RateLimit | None = None
    quota: Quota | None = None
    methods: Mapping[tuple[str, str, str], RateLimit] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)


class Usage:
    """The keys and plans of an account, and what was used of them."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._plans: dict[str, UsagePlan] = {}
        self._used: dict[tuple[str, str, str], int] = {}
        self._buckets: dict[tuple[str, ...], TokenBucket] = {}

    def add_key(self, key: ApiKey) -> None:
        """A key is there from now on."""
        self._keys[key.id] = key

    def add_plan(self, plan: UsagePlan) -> None:
        """A plan is there from now on."""
        self._plans[plan.id] = plan

    def join(self, plan_id: str, key_id: str) -> None:
        """A key is for a plan. Raises `LookupError` if either isn't there."""
        if key_id not in self._keys:
            raise LookupError(f"there is no API key {key_id}")
        if plan_id not in self._plans:
            raise LookupError(f"there is no usage plan {plan_id}")
        self._plans[plan_id].keys.add(key_id)

    def refuses(self, value: str, api_id: str, stage: str, method: str, now: float) -> str:
        """The gateway response that a request with this key gets, "" if it may pass; it counts then."""
        key = next((key for key in self._keys.values() if key.value == value and key.enabled), None)
        plan = next((plan for plan in self._plans.values() if self._is_for(plan, key, api_id, stage)), None)
        if key is None or plan is None:
            return "INVALID_API_KEY"
        limits = [(("", ""), plan.throttle), ((stage, method), plan.methods.get((api_id, stage, method)))]
        for name, limit in limits:
            if limit is not None and not self._bucket((plan.id, key.id, api_id, *name), limit, now).take(now):
                return "THROTTLED"
        return "QUOTA_EXCEEDED" if plan.quota is not None and self._is_over(plan, key, now) else ""

    def _is_for(self, plan: UsagePlan, key: ApiKey | None, api_id: str, stage: str) -> bool:
        return key is not None and key.id in plan.keys and (api_id, stage) in plan.stages

    def _bucket(self, name: tuple[str, ...], limit: RateLimit, now: float) -> TokenBucket:
        return self._buckets.setdefault(name, TokenBucket(limit, now))

    def _is_over(self, plan: UsagePlan, key: ApiKey, now: float) -> bool:
        assert plan.quota is not None
        place = plan.id, key.id, _period(plan.quota.period, now)
        self._used[place] = self._used.get(place, 0) + 1
        return self._used[place] > plan.quota.limit


def _period(period: str, now: float) -> str:
    """The day, the week (from Sunday on) or the month in which a moment is."""
    day = datetime.fromtimestamp(now, UTC).date()
    if period == "WEEK":
        day -= timedelta(days=(day.weekday() + 1) % 7)
    return f"{day:%Y-%m}" if period == "MONTH" else day.isoformat()
