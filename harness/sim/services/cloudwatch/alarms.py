"""An alarm as a state machine: it looks at the latest periods of its metric. Time comes in as an argument.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.sim.services.cloudwatch.metrics import MetricId

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
MISSING, IGNORE, BREACHING, NOT_BREACHING = "missing", "ignore", "breaching", "notBreaching"
MORE_PERIODS = 2
"""Of missing data: so many periods more are looked at than EvaluationPeriods says, as in AWS's examples."""
COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}

Point = tuple[float, float] | None
"""The beginning of a period and the metric's value in it; None: nothing was measured."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A state and why an alarm has it. `data`: StateReasonData."""

    state: str
    reason: str
    data: str = "{}"
    at: float = 0.0


@dataclass(eq=False)
class Alarm:
    """One alarm. `given` are the parameters of PutMetricAlarm."""

    name: str
    arn: str
    given: Mapping[str, Any]
    changed_at: float
    actions_enabled: bool = True
    history: list[StateChange] = field(default_factory=list)
    now: StateChange = field(init=False)

    def __post_init__(self) -> None:
        self.now = StateChange(INSUFFICIENT_DATA, "Unchecked: Initial alarm creation", at=self.changed_at)

    @property
    def metric(self) -> MetricId:
        """What it looks at."""
        return MetricId.of(self.given["Namespace"], self.given["MetricName"], self.given.get("Dimensions"))

    @property
    def stat(self) -> str:
        """The statistic."""
        return str(self.given.get("Statistic") or self.given["ExtendedStatistic"])

    @property
    def period(self) -> int:
        """In seconds."""
        return int(self.given["Period"])

    @property
    def periods(self) -> int:
        """The number of the latest periods that decide."""
        return int(self.given["EvaluationPeriods"])

    @property
    def to_alarm(self) -> int:
        """So many of them must breach the threshold."""
        return int(self.given.get("DatapointsToAlarm") or self.periods)

    @property
    def looked_at(self) -> int:
        """The number of periods that are looked at."""
        return self.periods + MORE_PERIODS

    @property
    def missing(self) -> str:
        """The treatment of missing data."""
        return str(self.given.get("TreatMissingData") or MISSING)

    def actions(self, state: str) -> list[str]:
        """The ARNs that are told of a state."""
        named = {OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT_DATA: "InsufficientDataActions"}
        return list(self.given.get(named[state]) or ())

    def breaches(self, value: float) -> bool:
        """Is this beyond the threshold?"""
        compare, _ = COMPARISONS[self.given["ComparisonOperator"]]
        return compare(value, float(self.given["Threshold"]))

    def evaluate(self, points: Sequence[Point]) -> StateChange | None:
        """The state that the latest periods lead to, the oldest first; None: it stays as it is."""
        there = [point for point in points if point is not None]
        state = self._state(points, [self.breaches(value) for _, value in there])
        if state in (None, self.now.state):
            return None
        return StateChange(str(state), self._reason(str(state), there))

    def _state(self, points: Sequence[Point], there: Sequence[bool]) -> str | None:
        wanted, missing = self.to_alarm, self.missing
        if not there:
            known = {MISSING: INSUFFICIENT_DATA, BREACHING: ALARM, NOT_BREACHING: OK}
            return known.get(missing)
        latest = there[-self.periods :]
        lacking = self.periods - len(latest)
        if lacking and missing == BREACHING:
            return ALARM if sum(latest) + lacking >= wanted else OK
        if sum(latest) >= wanted:
            return ALARM
        if not lacking or missing == NOT_BREACHING or not all(latest):
            return OK
        oldest = next(age for age, point in zip(range(len(points), 0, -1), points, strict=True) if point)
        return ALARM if missing == MISSING and oldest >= wanted else None

    def _reason(self, state: str, there: Sequence[tuple[float, float]]) -> str:
        if not there:
            return f"Insufficient Data: {self.periods} datapoints were unknown."
        latest = there[-self.periods :]
        chosen = [point for point in latest if self.breaches(point[1]) is (state == ALARM)] or latest
        many = len(chosen) > 1
        values = ", ".join(repr(value) for _, value in reversed(chosen))
        _, words = COMPARISONS[self.given["ComparisonOperator"]]
        was = ("were" if many else "was") + ("" if state == ALARM else " not")
        return (
            f"Threshold Crossed: {len(chosen)} datapoint{'s' if many else ''} [{values}] {was} {words} "
            f"the threshold ({float(self.given['Threshold'])!r})."
        )
