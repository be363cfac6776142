"""Alarms as state machines: AWS's own examples of missing data, and arithmetic over metrics."""

from __future__ import annotations

import pytest

from harness.sim.services.cloudwatch.alarms import Alarm
from harness.sim.services.cloudwatch.expressions import NotComputable, computed

STATES = {"A": "ALARM", "O": "OK", "I": "INSUFFICIENT_DATA", "=": "as before"}


def evaluated(points: str, treated: str, wanted: int, periods: int = 3) -> str:
    """The state that periods lead to: 0 is within the threshold, X beyond, - missing."""
    given = {
        "Namespace": "n",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": wanted,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": treated,
    }
    alarm = Alarm("a", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a", given, 0.0)
    values = {"0": 0.0, "X": 1.0}
    found = alarm.evaluate(
        [(at * 60.0, values[point]) if point in values else None for at, point in enumerate(points)]
    )
    return alarm.now.state if found is None else found.state


@pytest.mark.parametrize(
    ("points", "states"),
    [("0-X-X", "OOOO"), ("0----", "OOOO"), ("-----", "I=AO"), ("0XX-X", "AAAA"), ("--X--", "A=AO")],
)
def test_three_of_three_datapoints_as_aws_s_table_has_it(points, states):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    treatments = ("missing", "ignore", "breaching", "notBreaching")
    expected = [STATES[each] if each != "=" else "INSUFFICIENT_DATA" for each in states]
    assert [evaluated(points, treated, 3) for treated in treatments] == expected


@pytest.mark.parametrize(("points", "state"), [("00X-X", "ALARM"), ("0-X-X", "ALARM"), ("0-X--", "OK")])
def test_two_of_three_datapoints_are_enough(points, state):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    assert evaluated(points, "missing", 2) == state


def test_a_single_new_datapoint_is_too_early_for_an_alarm_that_wants_three():
    assert evaluated("----X", "missing", 3) == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("expression", "told"),
    [("SUM(m)", "more than arithmetic"), ("m +", "can't be read"), ("x", "no metric x"), ("1", "no metric")],
)
def test_what_is_no_arithmetic_over_metrics_is_told(expression, told):
    with pytest.raises(NotComputable, match=told):
        computed(expression, {"m": {}})


def test_what_is_divided_by_zero_has_no_value():
    assert computed("-a / b", {"a": {0.0: 1.0, 60.0: 4.0}, "b": {0.0: 0.0, 60.0: 2.0}}) == {60.0: -2.0}
