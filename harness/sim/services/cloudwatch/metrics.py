"""Metrics: what was measured, and its statistics by periods. Time comes in as an argument.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Dimensions = tuple[tuple[str, str], ...]
"""Pairs of name and value, in order."""


@dataclass(frozen=True, slots=True, order=True)
class MetricId:
    """What tells one metric from others."""

    namespace: str
    name: str
    dimensions: Dimensions = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Iterable[Mapping[str, str]] | None) -> MetricId:
        """From the parameters of a call."""
        pairs = sorted((each["Name"], each["Value"]) for each in dimensions or ())
        return cls(namespace, name, tuple(pairs))

    def shown(self) -> dict[str, Any]:
        """As answers show it."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions]
        return {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}


@dataclass(frozen=True, slots=True)
class Datum:
    """What was measured at one time, in epoch seconds: one value or several, each so many times."""

    at: float
    values: tuple[tuple[float, float], ...]
    unit: str = "None"

    @classmethod
    def one(cls, at: float, value: float, unit: str = "None") -> Datum:
        """A single value."""
        return cls(at, ((value, 1.0),), unit)


@dataclass(frozen=True, slots=True)
class StatisticSet:
    """Values that were summed up by whoever sent them."""

    at: float
    count: float
    sum: float
    minimum: float
    maximum: float
    unit: str = "None"


Measured = Datum | StatisticSet


@dataclass
class MetricStore:
    """Everything that was measured, by metric and in order of time. `latest`: the latest time of any."""

    series: dict[MetricId, list[Measured]] = field(default_factory=dict)
    latest: float = 0.0

    def add(self, metric: MetricId, measured: Measured) -> None:
        """One more."""
        insort(self.series.setdefault(metric, []), measured, key=_at)
        self.latest = max(self.latest, measured.at)

    def between(
        self, metric: MetricId, start: float, end: float, unit: str | None = None
    ) -> Sequence[Measured]:
        """What was measured from one time to before another."""
        found = self.series.get(metric, [])
        chosen = found[bisect_left(found, start, key=_at) : bisect_left(found, end, key=_at)]
        return chosen if unit is None else [each for each in chosen if each.unit == unit]

    def points(
        self, metric: MetricId, stat: str, start: float, end: float, period: int, unit: str | None = None
    ) -> Iterator[tuple[float, float]]:
        """The beginning and the statistic of each period in which something was measured."""
        chosen = self.between(metric, start, end, unit)
        at = 0
        while at < len(chosen):
            begin = start + math.floor((chosen[at].at - start) / period) * period
            held = chosen[at : at + bisect_left(chosen[at:], begin + period, key=_at)]
            value = statistic(stat, held)
            if value is not None:
                yield begin, value
            at += len(held)


def statistic(stat: str, measured: Sequence[Measured]) -> float | None:
    """One statistic of what was measured; None where there is none.

    >>> statistic("Average", [Datum(0.0, ((1.0, 3.0), (5.0, 1.0)))])
    2.0
    >>> statistic("p50", [Datum.one(0.0, 1.0), Datum.one(0.0, 3.0), Datum.one(0.0, 9.0)])
    3.0
    """
    if not measured:
        return None
    count = sum(map(_count, measured))
    match stat:
        case "SampleCount":
            return count
        case "Sum":
            return sum(map(_sum, measured))
        case "Average":
            return sum(map(_sum, measured)) / count if count else None
        case "Minimum":
            return min(map(_minimum, measured))
        case "Maximum":
            return max(map(_maximum, measured))
    return _percentile(float(stat[1:]), measured)


def is_statistic(text: str) -> bool:
    """Is it one of the statistics, or a percentile like p99.9?"""
    if text in ("SampleCount", "Sum", "Average", "Minimum", "Maximum"):
        return True
    try:
        return text[:1] == "p" and 0 <= float(text[1:]) <= 100
    except ValueError:
        return False


def _percentile(percent: float, measured: Sequence[Measured]) -> float | None:
    """The smallest value that is not below so many percent; statistic sets have none."""
    values = sorted(pair for each in measured if isinstance(each, Datum) for pair in each.values)
    wanted = sum(count for _, count in values) * percent / 100
    seen = 0.0
    for value, count in values:
        seen += count
        if seen >= wanted:
            return value
    return None


def _at(measured: Measured) -> float:
    return measured.at


def _count(measured: Measured) -> float:
    return measured.count if isinstance(measured, StatisticSet) else sum(n for _, n in measured.values)


def _sum(measured: Measured) -> float:
    return measured.sum if isinstance(measured, StatisticSet) else sum(v * n for v, n in measured.values)


def _minimum(measured: Measured) -> float:
    return measured.minimum if isinstance(measured, StatisticSet) else min(v for v, _ in measured.values)


def _maximum(measured: Measured) -> float:
    return measured.maximum if isinstance(measured, StatisticSet) else max(v for v, _ in measured.values)
