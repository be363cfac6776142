"""Buses, rules, targets, archives and API destinations. Pure: time comes in as an argument."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.aws.rules.event_targets import Event, RuleTarget
from harness.aws.rules.patterns import EVENTBRIDGE, Pattern, read
from harness.aws.rules.schedules import Schedule

DEFAULT = "default"
ENABLED, DISABLED = "ENABLED", "DISABLED"


@dataclass(eq=False, slots=True)
class RuleState:
    """A rule of a bus; it has a pattern, a schedule, or both."""

    name: str
    arn: str
    bus: str
    created_by: str
    state: str = ENABLED
    pattern_text: str = ""
    expression: str = ""
    description: str = ""
    role: str = ""
    pattern: Pattern | None = None
    schedule: Schedule | None = None
    tags: dict[str, str] = field(default_factory=dict)
    targets: dict[str, RuleTarget] = field(default_factory=dict)

    @property
    def enabled(self) -> bool:
        """Does it pick events, or run on its schedule?"""
        return self.state != DISABLED

    @property
    def target_arns(self) -> set[str]:
        """The ARNs of its targets."""
        return {target.arn for target in self.targets.values()}

    def wants(self, event: Event) -> bool:
        """Does it pick this event?"""
        return self.pattern is not None and self.pattern.wants(event)


@dataclass(eq=False, slots=True)
class BusState:
    """A bus, and its rules by name. `settings`: members that describing it shows as they were given."""

    name: str
    arn: str
    created_at: float
    changed_at: float
    settings: dict[str, Any] = field(default_factory=dict)
    statements: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    rules: dict[str, RuleState] = field(default_factory=dict)

    @property
    def listening(self) -> list[RuleState]:
        """The rules that look at events."""
        return [rule for rule in self.rules.values() if rule.enabled and rule.pattern is not None]


@dataclass(eq=False, slots=True)
class ArchiveState:
    """An archive of a bus's events: those that its pattern picks, or all, each with the time it came in."""

    name: str
    arn: str
    bus_arn: str
    created_at: float
    description: str = ""
    pattern_text: str = ""
    pattern: Pattern | None = None
    retention_days: int = 0
    kms_key: str = ""
    events: list[tuple[float, Event]] = field(default_factory=list)

    def keep(self, event: Event, now: float) -> None:
        """Keep an event, if it is meant to; those that are too old go."""
        if self.pattern is None or self.pattern.wants(event):
            self.events.append((now, event))
        self.forget(now)

    def forget(self, now: float) -> None:
        """Events whose retention period has ended go."""
        if self.retention_days:
            oldest = now - self.retention_days * 86_400
            self.events = [kept for kept in self.events if kept[0] >= oldest]

    @property
    def size(self) -> int:
        """Bytes of all events, as AWS counts them (recorded in 2024)."""
        return sum(_size(event) for _, event in self.events)


@dataclass(eq=False, slots=True)
class ReplayState:
    """A replay of the events that came in from `start` to `end`. Times are epoch seconds."""

    name: str
    arn: str
    archive_arn: str
    bus_arn: str
    start: float
    end: float
    started_at: float
    description: str = ""
    rules: tuple[str, ...] = ()
    state: str = "STARTING"
    ended_at: float | None = None
    last_event_at: float | None = None

    @property
    def active(self) -> bool:
        """Has it not ended yet?"""
        return self.state in ("STARTING", "RUNNING", "CANCELLING")


class EventStore:
    """All of EventBridge's resources, each by its ARN."""

    def __init__(self) -> None:
        self._buses: dict[str, BusState] = {}
        self.archives: dict[str, ArchiveState] = {}
        self.replays: dict[str, ReplayState] = {}

    def add(self, bus: BusState) -> None:
        """A new bus."""
        self._buses[bus.arn] = bus

    def delete(self, bus: BusState) -> None:
        """The bus is gone."""
        del self._buses[bus.arn]

    def bus(self, arn: str) -> BusState | None:
        """The bus of an ARN. Every region of an account has a default bus."""
        found = self._buses.get(arn)
        if found is None and arn.endswith(f":event-bus/{DEFAULT}"):
            found = self._buses[arn] = BusState(DEFAULT, arn, 0.0, 0.0)
        return found

    def buses(self, prefix: str) -> Iterator[BusState]:
        """The buses whose ARNs begin so, by name."""
        return (bus for arn, bus in sorted(self._buses.items()) if arn.startswith(prefix))

    def rule(self, arn: str) -> RuleState | None:
        """The rule of an ARN."""
        beginning, _, rest = arn.partition(":rule/")
        bus_name, _, name = rest.rpartition("/")
        bus = self.bus(f"{beginning}:event-bus/{bus_name or DEFAULT}")
        return bus.rules.get(name) if bus is not None else None

    def scheduled(self) -> list[RuleState]:
        """The rules that run on a schedule."""
        rules = (rule for bus in self._buses.values() for rule in bus.rules.values())
        return [rule for rule in rules if rule.enabled and rule.schedule is not None]

    def archives_of(self, bus_arn: str) -> Iterator[ArchiveState]:
        """The archives of a bus."""
        return (archive for archive in self.archives.values() if archive.bus_arn == bus_arn)


def _size(event: Event) -> int:
    texts = [json.dumps(event["detail"]), *(event[name] for name in ("source", "detail-type", "time"))]
    return sum(len(text.encode()) for text in texts)


def read_pattern(text: str) -> Pattern:
    """An event pattern. Raises `PatternError`."""
    return read(text, EVENTBRIDGE)
