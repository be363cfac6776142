"""The operations on alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harness.cloud import Unsupported
from harness.sim.services import pages
from harness.sim.services.cloudwatch.alarms import (
    ALARM,
    BREACHING,
    COMPARISONS,
    IGNORE,
    INSUFFICIENT_DATA,
    MISSING,
    NOT_BREACHING,
    OK,
    Alarm,
    StateChange,
)
from harness.sim.services.cloudwatch.errors import bad_combination, bad_token, not_valid
from harness.sim.services.cloudwatch.metrics import MetricId, is_statistic
from harness.sim.services.moments import datetime_of
from harness.sim.services.service import Caller, Operation, Params, ServiceError

PAGE = 100
_SHOWN = (
    *("AlarmDescription", "OKActions", "AlarmActions", "InsufficientDataActions", "MetricName", "Namespace"),
    *("Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods"),
    *("DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData"),
    "EvaluateLowSampleCountPercentile",
)


class AlarmApi:
    """One method an operation. `changed` is told of an alarm that has another state."""

    def __init__(
        self,
        alarms: dict[str, Alarm],
        now: Callable[[], float],
        changed: Callable[[Alarm, StateChange], None],
    ) -> None:
        self._alarms = alarms
        self._now = now
        self._changed = changed

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "DeleteAlarms": self.delete_alarms,
            "DescribeAlarmHistory": self.describe_alarm_history,
            "DescribeAlarms": self.describe_alarms,
            "DescribeAlarmsForMetric": self.describe_alarms_for_metric,
            "DisableAlarmActions": self.disable_alarm_actions,
            "EnableAlarmActions": self.enable_alarm_actions,
            "PutCompositeAlarm": self.put_composite_alarm,
            "PutMetricAlarm": self.put_metric_alarm,
            "SetAlarmState": self.set_alarm_state,
        }

    def put_metric_alarm(self, params: Params, caller: Caller) -> Params:
        """An alarm that is there keeps its state."""
        _check(params)
        name = params["AlarmName"]
        arn = f"arn:aws:cloudwatch:{caller.region}:{caller.account}:alarm:{name}"
        before = self._alarms.get(name)
        alarm = Alarm(name, arn, params, self._now(), bool(params.get("ActionsEnabled", True)))
        if before is not None:
            alarm.now, alarm.history = before.now, before.history
        self._alarms[name] = alarm
        return {}

    def put_composite_alarm(self, params: Params, caller: Caller) -> Params:
        raise Unsupported(f"the alarm {params['AlarmName']}: the simulator has no composite alarms")

    def delete_alarms(self, params: Params, caller: Caller) -> Params:
        for name in params["AlarmNames"]:
            self._alarms.pop(name, None)
        return {}

    def describe_alarms(self, params: Params, caller: Caller) -> Params:
        names, prefix = params.get("AlarmNames"), params.get("AlarmNamePrefix") or ""
        if names and prefix:
            raise bad_combination("AlarmNames and AlarmNamePrefix are mutually exclusive.")
        action = params.get("ActionPrefix") or ""
        found = [
            _shown(alarm)
            for name, alarm in sorted(self._alarms.items())
            if (not names or name in names)
            and name.startswith(prefix)
            and params.get("StateValue") in (None, alarm.now.state)
            and (not action or any(each.startswith(action) for each in alarm.actions(ALARM)))
        ]
        if "MetricAlarm" not in (params.get("AlarmTypes") or ["MetricAlarm"]):
            found = []
        limit = params.get("MaxRecords") or PAGE
        page = pages.page("MetricAlarms", found, params.get("NextToken"), limit, bad_token)
        return {"CompositeAlarms": [], **page}

    def describe_alarms_for_metric(self, params: Params, caller: Caller) -> Params:
        metric = MetricId.of(params["Namespace"], params["MetricName"], params.get("Dimensions"))
        alarms = (alarm for _, alarm in sorted(self._alarms.items()))
        return {"MetricAlarms": [_shown(alarm) for alarm in alarms if alarm.metric == metric]}

    def describe_alarm_history(self, params: Params, caller: Caller) -> Params:
        wanted = params.get("AlarmName")
        items: list[dict[str, Any]] = [
            {
                "AlarmName": alarm.name,
                "AlarmType": "MetricAlarm",
                "Timestamp": datetime_of(after.at),
                "HistoryItemType": "StateUpdate",
                "HistorySummary": f"Alarm updated from {before.state} to {after.state}",
                "HistoryData": after.data,
            }
            for alarm in self._alarms.values()
            if wanted in (None, alarm.name) and params.get("HistoryItemType") in (None, "StateUpdate")
            for before, after in zip(alarm.history, [*alarm.history[1:], alarm.now], strict=True)
        ]
        newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        items.sort(key=lambda item: item["Timestamp"], reverse=newest_first)
        limit = params.get("MaxRecords") or PAGE
        return pages.page("AlarmHistoryItems", items, params.get("NextToken"), limit, bad_token)

    def enable_alarm_actions(self, params: Params, caller: Caller) -> Params:
        return self._enable(params["AlarmNames"], enabled=True)

    def disable_alarm_actions(self, params: Params, caller: Caller) -> Params:
        return self._enable(params["AlarmNames"], enabled=False)

    def set_alarm_state(self, params: Params, caller: Caller) -> Params:
        """For tests: the next evaluation may change it back."""
        alarm = self._alarms.get(params["AlarmName"])
        if alarm is None:
            raise ServiceError("ResourceNotFound", "", 404)
        state = params["StateValue"]
        if state not in (OK, ALARM, INSUFFICIENT_DATA):
            raise not_valid(f"The state {state} is not valid.")
        if state != alarm.now.state:
            self._changed(
                alarm, StateChange(state, params["StateReason"], params.get("StateReasonData") or "{}")
            )
        return {}

    def _enable(self, names: Iterable[str], *, enabled: bool) -> Params:
        for name in names:
            if name in self._alarms:
                self._alarms[name].actions_enabled = enabled
        return {}


def _shown(alarm: Alarm) -> dict[str, Any]:
    given = {name: alarm.given[name] for name in _SHOWN if alarm.given.get(name) is not None}
    lists: dict[str, list[Any]] = {
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "Dimensions": [],
    }
    since = datetime_of(alarm.now.at)
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": datetime_of(alarm.changed_at),
        "ActionsEnabled": alarm.actions_enabled,
        "StateValue": alarm.now.state,
        "StateReason": alarm.now.reason,
        "StateReasonData": alarm.now.data,
        "StateUpdatedTimestamp": since,
        "StateTransitionedTimestamp": since,
        **lists,
        **given,
    }


def _check(params: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for what is no alarm, `Unsupported` for one that isn't simulated."""
    name = params["AlarmName"]
    if params.get("Metrics") or params.get("EvaluationCriteria"):
        raise Unsupported(f"the alarm {name}: the simulator's alarms watch one metric each, without math")
    needed = ("Namespace", "MetricName", "Period", "EvaluationPeriods", "ComparisonOperator")
    missing = [each for each in needed if not params.get(each)]
    if missing:
        raise not_valid(f"The parameter {missing[0]} must be provided.")
    if bool(params.get("Statistic")) == bool(params.get("ExtendedStatistic")):
        raise not_valid("Exactly one of Statistic and ExtendedStatistic must be provided.")
    if params["ComparisonOperator"] not in COMPARISONS or params.get("ThresholdMetricId"):
        raise Unsupported(f"the alarm {name}: the simulator has no anomaly detection")
    if params.get("Threshold") is None:
        raise not_valid("The parameter Threshold must be provided.")
    treated = params.get("TreatMissingData") or MISSING
    if treated not in (MISSING, IGNORE, BREACHING, NOT_BREACHING):
        raise not_valid(
            f"Option {treated} is not supported. Supported options for parameter TreatMissingData are "
            "breaching, notBreaching, ignore, and missing."
        )
    if params.get("ExtendedStatistic") and not is_statistic(params["ExtendedStatistic"]):
        raise not_valid(f"The value {params['ExtendedStatistic']} for parameter Statistic is not supported.")
    periods = params["EvaluationPeriods"]
    if (params.get("DatapointsToAlarm") or 1) > periods:
        raise not_valid("DatapointsToAlarm must not be greater than EvaluationPeriods.")
