"""The operations on metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.cloud import Unsupported
from harness.sim.services import pages
from harness.sim.services.cloudwatch.errors import bad_combination, bad_token, invalid, not_valid
from harness.sim.services.cloudwatch.expressions import NotComputable, Series, computed
from harness.sim.services.cloudwatch.metrics import (
    Datum,
    MetricId,
    MetricStore,
    StatisticSet,
    is_statistic,
    statistic,
)
from harness.sim.services.moments import datetime_of, seconds_of
from harness.sim.services.service import Caller, Operation, Params

DATA_PER_CALL_MAX = 1000
POINTS_MAX = 1440
LIST_PAGE = 500


class MetricApi:
    """One method an operation. `look` brings the metrics of services up to date."""

    def __init__(self, store: MetricStore, now: Callable[[], float], look: Callable[[], None]) -> None:
        self._store = store
        self._now = now
        self._look = look

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "GetMetricData": self.get_metric_data,
            "GetMetricStatistics": self.get_metric_statistics,
            "ListMetrics": self.list_metrics,
            "PutMetricData": self.put_metric_data,
        }

    def put_metric_data(self, params: Params, caller: Caller) -> Params:
        namespace = params["Namespace"]
        if namespace.startswith("AWS/"):
            raise invalid("The value AWS/ for parameter Namespace is invalid.")
        data = params.get("MetricData") or ()
        if len(data) > DATA_PER_CALL_MAX:
            raise not_valid(
                f"The collection MetricData must not have a size greater than {DATA_PER_CALL_MAX}."
            )
        measured = [self._measured(each, number) for number, each in enumerate(data, 1)]
        for given, found in zip(data, measured, strict=True):
            self._store.add(MetricId.of(namespace, given["MetricName"], given.get("Dimensions")), found)
        return {}

    def get_metric_statistics(self, params: Params, caller: Caller) -> Params:
        self._look()
        start, end, period = (_seconds(params, name) for name in ("StartTime", "EndTime", "Period"))
        if start >= end:
            raise bad_combination("The parameter StartTime must be less than the parameter EndTime.")
        if (end - start) / period > POINTS_MAX:
            raise bad_combination(
                f"You have requested up to {int((end - start) / period)} datapoints, which exceeds the limit "
                f"of {POINTS_MAX}. You may reduce the datapoints requested by increasing Period, or "
                "decreasing the time range."
            )
        plain, percentiles = params.get("Statistics") or (), params.get("ExtendedStatistics") or ()
        if not (plain or percentiles):
            raise bad_combination("Must specify either Statistics or ExtendedStatistics")
        _check_statistics((*plain, *percentiles))
        metric, unit = _metric(params), params.get("Unit")
        points = []
        for at, _ in self._store.points(metric, "SampleCount", start, end, int(period), unit):
            held = self._store.between(metric, at, min(at + period, end), unit)
            point: dict[str, Any] = {"Timestamp": datetime_of(at), "Unit": held[0].unit}
            point.update({stat: statistic(stat, held) for stat in plain})
            if percentiles:
                point["ExtendedStatistics"] = {stat: statistic(stat, held) for stat in percentiles}
            points.append(point)
        return {"Label": metric.name, "Datapoints": points}

    def get_metric_data(self, params: Params, caller: Caller) -> Params:
        self._look()
        start, end = _seconds(params, "StartTime"), _seconds(params, "EndTime")
        if start >= end:
            raise not_valid("The parameter EndTime must be greater than StartTime.")
        known: dict[str, Series] = {}
        queries = params["MetricDataQueries"]
        for query in queries:
            if bool(query.get("MetricStat")) == bool(query.get("Expression")):
                raise bad_combination(
                    f"The query {query['Id']} needs a MetricStat or an Expression, and not both."
                )
            if query.get("MetricStat"):
                known[query["Id"]] = self._series(query["MetricStat"], start, end)
        for query in queries:
            if query.get("Expression"):
                known[query["Id"]] = _computed(query["Expression"], known)
        descending = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        return {
            "MetricDataResults": [
                _result(query, known[query["Id"]], descending=descending)
                for query in queries
                if query.get("ReturnData", True)
            ],
            "Messages": [],
        }

    def list_metrics(self, params: Params, caller: Caller) -> Params:
        self._look()
        wanted = [(each["Name"], each.get("Value")) for each in params.get("Dimensions") or ()]
        found = [
            metric.shown()
            for metric in sorted(self._store.series)
            if params.get("Namespace") in (None, metric.namespace)
            and params.get("MetricName") in (None, metric.name)
            and all(_has(metric, name, value) for name, value in wanted)
        ]
        return pages.page("Metrics", found, params.get("NextToken"), LIST_PAGE, bad_token)

    def _series(self, given: Mapping[str, Any], start: float, end: float) -> Series:
        _check_statistics((given["Stat"],))
        period = int(given["Period"])
        begin = start // period * period
        points = self._store.points(
            _metric(given["Metric"]), given["Stat"], begin, end, period, given.get("Unit")
        )
        return dict(points)

    def _measured(self, given: Mapping[str, Any], number: int) -> Datum | StatisticSet:
        at = self._now() if given.get("Timestamp") is None else seconds_of(given["Timestamp"])
        unit, where = str(given.get("Unit") or "None"), f"MetricData.member.{number}"
        ways = [name for name in ("Value", "Values", "StatisticValues") if given.get(name) not in (None, [])]
        if len(ways) != 1:
            raise bad_combination(
                f"The parameters {where}.Value, {where}.Values and {where}.StatisticValues are mutually "
                "exclusive, and one of them is needed."
            )
        if ways == ["StatisticValues"]:
            held = given["StatisticValues"]
            count, total, least, most = (
                float(held[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum")
            )
            return StatisticSet(at, count, total, least, most, unit)
        values = given.get("Values") or [given.get("Value")]
        counts = given.get("Counts") or [1.0] * len(values)
        if len(counts) != len(values):
            raise invalid(f"The parameters {where}.Values and {where}.Counts must be of the same size.")
        pairs = zip(map(float, values), map(float, counts), strict=True)
        return Datum(at, tuple(pairs), unit)


def _metric(given: Mapping[str, Any]) -> MetricId:
    for name in ("Namespace", "MetricName"):
        if not given.get(name):
            raise not_valid(f"The parameter MetricStat.Metric.{name} is required.")
    return MetricId.of(given["Namespace"], given["MetricName"], given.get("Dimensions"))


def _computed(expression: str, known: Mapping[str, Series]) -> Series:
    try:
        return computed(expression, known)
    except NotComputable as problem:
        raise Unsupported(
            f"the expression {expression!r}: {problem}; the simulator has arithmetic over metrics"
        ) from None


def _result(query: Mapping[str, Any], series: Series, *, descending: bool) -> dict[str, Any]:
    stated = query.get("MetricStat") or {}
    points = sorted(series.items(), reverse=descending)
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or (stated.get("Metric") or {}).get("MetricName") or query["Id"],
        "Timestamps": [datetime_of(at) for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }


def _has(metric: MetricId, name: str, value: str | None) -> bool:
    return any(each == name and value in (None, held) for each, held in metric.dimensions)


def _check_statistics(asked: tuple[str, ...]) -> None:
    for stat in asked:
        if not is_statistic(stat):
            raise invalid(f"The value {stat} for parameter Stat is not supported.")


def _seconds(params: Params, name: str) -> float:
    return float(params[name]) if name == "Period" else seconds_of(params[name])
