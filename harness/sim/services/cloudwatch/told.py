"""A change of an alarm's state as topics, functions and buses are told of it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import json
from typing import Any

from harness.sim.services.cloudwatch.alarms import Alarm, StateChange
from harness.sim.services.moments import datetime_of

_REGIONS = {"us-east-1": "US East (N. Virginia)", "eu-west-1": "EU (Ireland)"}
"""Names of regions in messages; others stand as they are."""


def subject(alarm: Alarm) -> str:
    """The subject of a notification."""
    return f'{alarm.now.state}: "{alarm.name}" in {_region(alarm)}'


def message(alarm: Alarm, before: StateChange) -> str:
    """The text that a topic gets."""
    given = alarm.given
    return json.dumps(
        {
            "AlarmName": alarm.name,
            "AlarmDescription": given.get("AlarmDescription"),
            "AWSAccountId": alarm.arn.split(":")[4],
            "AlarmConfigurationUpdatedTimestamp": _moment(alarm.changed_at),
            "NewStateValue": alarm.now.state,
            "NewStateReason": alarm.now.reason,
            "StateChangeTime": _moment(alarm.now.at),
            "Region": _region(alarm),
            "AlarmArn": alarm.arn,
            "OldStateValue": before.state,
            "OKActions": given.get("OKActions") or [],
            "AlarmActions": given.get("AlarmActions") or [],
            "InsufficientDataActions": given.get("InsufficientDataActions") or [],
            "Trigger": _trigger(alarm),
        }
    )


def event(alarm: Alarm, before: StateChange) -> dict[str, Any]:
    """The event for a bus."""
    return {
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "resources": [alarm.arn],
        "detail": _data(alarm, before),
    }


def payload(alarm: Alarm, before: StateChange) -> dict[str, Any]:
    """The event for a function that is an action."""
    parts = alarm.arn.split(":")
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": parts[4],
        "time": _moment(alarm.now.at),
        "region": parts[3],
        "alarmData": _data(alarm, before),
    }


def _data(alarm: Alarm, before: StateChange) -> dict[str, Any]:
    metric = {
        "namespace": alarm.metric.namespace,
        "name": alarm.metric.name,
        "dimensions": dict(alarm.metric.dimensions),
    }
    return {
        "alarmName": alarm.name,
        "state": _state(alarm.now),
        "previousState": _state(before),
        "configuration": {
            "description": alarm.given.get("AlarmDescription") or "",
            "metrics": [
                {
                    "id": alarm.arn.rpartition(":")[2],
                    "metricStat": {"metric": metric, "period": alarm.period, "stat": alarm.stat},
                    "returnData": True,
                }
            ],
        },
    }


def _state(change: StateChange) -> dict[str, str]:
    return {
        "value": change.state,
        "reason": change.reason,
        "reasonData": change.data,
        "timestamp": _moment(change.at),
    }


def _trigger(alarm: Alarm) -> dict[str, Any]:
    given = alarm.given
    kind = "Statistic" if given.get("Statistic") else "ExtendedStatistic"
    return {
        "MetricName": alarm.metric.name,
        "Namespace": alarm.metric.namespace,
        "StatisticType": kind,
        kind: alarm.stat.upper() if kind == "Statistic" else alarm.stat,
        "Unit": given.get("Unit"),
        "Dimensions": [{"value": value, "name": name} for name, value in alarm.metric.dimensions],
        "Period": alarm.period,
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.to_alarm,
        "ComparisonOperator": given["ComparisonOperator"],
        "Threshold": float(given["Threshold"]),
        "TreatMissingData": given.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": given.get("EvaluateLowSampleCountPercentile") or "",
    }


def _moment(seconds: float) -> str:
    return f"{datetime_of(seconds):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+0000"


def _region(alarm: Alarm) -> str:
    region = alarm.arn.split(":")[3]
    return _REGIONS.get(region, region)
