"""CloudWatch: alarms on metrics."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import (
    Making,
    ResourceType,
    is_seen,
    named_only,
    properties,
    tag_list,
)

_ALARM = properties(
    "ActionsEnabled AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions "
    "EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName "
    "Namespace OKActions Period Statistic Threshold TreatMissingData Unit"
)
_OF_OTHER_KINDS = properties("EvaluationCriteria EvaluationInterval Metrics ThresholdMetricId")
_only_named = named_only("cloudwatch", "alarm:", "AlarmName")


def create_alarm(making: Making) -> Created:
    """One that looks at a metric. Alarms of other kinds, and on clouds where nobody sees them, are names."""
    if making.given(_OF_OTHER_KINDS) or not is_seen(making, "cloudwatch"):
        return _only_named(making)
    name = making.name("AlarmName", limit=255)
    arn = making.arn("cloudwatch", f"alarm:{name}")
    making.call(
        "cloudwatch", "put_metric_alarm", AlarmName=name, Tags=tag_list(making), **making.given(_ALARM)
    )
    making.named(arn, name, service="cloudwatch")
    return Created(name, {"Arn": arn})


TYPES = {
    "AWS::CloudWatch::Alarm": ResourceType(
        create_alarm,
        _ALARM | properties("AlarmName Tags"),
        _OF_OTHER_KINDS | properties("ActionConfiguration EvaluationWindow WarmUpConfiguration"),
    )
}
