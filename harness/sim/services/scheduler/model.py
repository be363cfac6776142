"""Schedules and their groups. Pure: time comes in as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from harness.aws.rules.event_retries import RetryPolicy
from harness.aws.rules.schedules import At, Cron, Rate, Schedule

DEFAULT = "default"
ENABLED = "ENABLED"


@dataclass(eq=False, slots=True)
class ScheduleState:
    """One schedule. `given` is what it was created or updated with; times are epoch seconds.

    `last_at`: the time of its last run, for rates.
    """

    arn: str
    name: str
    group: str
    given: Mapping[str, Any]
    schedule: Schedule
    zone: ZoneInfo
    created_at: float
    changed_at: float
    last_at: float | None = None

    @property
    def enabled(self) -> bool:
        """Does it run?"""
        return bool(self.given.get("State", ENABLED) == ENABLED)

    @property
    def target(self) -> Mapping[str, Any]:
        """Its target."""
        found: Mapping[str, Any] = self.given["Target"]
        return found

    @property
    def policy(self) -> RetryPolicy:
        """How often a run that failed is tried again."""
        return RetryPolicy.of(self.target.get("RetryPolicy"))

    @property
    def dead_letter_queue(self) -> str:
        """The queue for runs that failed for good, if any."""
        return (self.target.get("DeadLetterConfig") or {}).get("Arn") or ""

    @property
    def window_seconds(self) -> float:
        """A run may begin as much later than its time."""
        window = self.given.get("FlexibleTimeWindow") or {}
        return float(window.get("MaximumWindowInMinutes") or 0) * 60.0

    @property
    def goes_after_its_end(self) -> bool:
        """Is it deleted once it has nothing more to do?"""
        return self.given.get("ActionAfterCompletion") == "DELETE"

    def next_time(self, now: float) -> float | None:
        """The time of its next run; None if there is none.

        Without a StartDate a rate begins at once. Local times that a change of the clock leaves out are
        skipped, those that it repeats are run at once only.
        https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
        """
        start, end = _epoch(self.given.get("StartDate")), _epoch(self.given.get("EndDate"))
        found = self._next(max(now, start or now), start)
        return None if found is None or (end is not None and found > end) else found

    def _next(self, now: float, start: float | None) -> float | None:
        if isinstance(self.schedule, Rate):
            if self.last_at is not None:
                return self.last_at + self.schedule.seconds
            first = self.changed_at if start is None else start
            missed = max(0, -int(-(now - first) // self.schedule.seconds)) if start is not None else 0
            return max(first + missed * self.schedule.seconds, first)
        local = datetime.fromtimestamp(now, self.zone).replace(tzinfo=None)
        if isinstance(self.schedule, At):
            # one that lies in the past never runs
            moment = _instant(self.schedule.moment, self.zone)
            return moment if moment is not None and moment >= now and self.last_at is None else None
        return self._next_of_cron(self.schedule, local, now)

    def _next_of_cron(self, cron: Cron, local: datetime, now: float) -> float | None:
        moment: datetime | None = local - timedelta(minutes=1)
        while moment is not None and (moment := cron.after(moment)) is not None:
            found = _instant(moment, self.zone)
            if found is not None and found > now:
                return found
        return None


@dataclass(eq=False, slots=True)
class GroupState:
    """A group of schedules."""

    arn: str
    name: str
    created_at: float
    tags: dict[str, str] = field(default_factory=dict)


class ScheduleStore:
    """All schedules and groups, by ARN."""

    def __init__(self) -> None:
        self.schedules: dict[str, ScheduleState] = {}
        self.groups: dict[str, GroupState] = {}
        self.answered: dict[tuple[str, ...], tuple[dict[str, Any], dict[str, Any]]] = {}
        """Requests and their answers, by operation, region, account and the caller's token."""

    def forget_answers(self, arn: str) -> None:
        """Those that name what was deleted: a request with the token of one makes it anew."""
        self.answered = {key: kept for key, kept in self.answered.items() if arn not in kept[1].values()}

    def group(self, arn: str) -> GroupState | None:
        """The group of an ARN. Every region of an account has a default group."""
        found = self.groups.get(arn)
        if found is None and arn.endswith(f":schedule-group/{DEFAULT}"):
            found = self.groups[arn] = GroupState(arn, DEFAULT, 0.0)
        return found

    def of_group(self, arn: str) -> list[ScheduleState]:
        """The schedules of a group."""
        prefix = arn.replace(":schedule-group/", ":schedule/") + "/"
        return [each for each in self.schedules.values() if each.arn.startswith(prefix)]


def _epoch(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _instant(local: datetime, zone: ZoneInfo) -> float | None:
    """A local time as epoch seconds; None for one that a change of the clock leaves out."""
    instant = local.replace(tzinfo=zone).timestamp()
    back = datetime.fromtimestamp(instant, UTC).astimezone(zone).replace(tzinfo=None)
    return instant if back == local else None
