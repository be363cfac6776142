"""CloudWatch: alarms on metrics."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties, tag_list
from harness.cloud import Unsupported

_ALARM = properties(
    "ActionsEnabled AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions "
    "EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName "
    "Namespace OKActions Period Statistic Threshold TreatMissingData Unit"
)
_OF_OTHER_KINDS = properties("EvaluationCriteria EvaluationInterval Metrics ThresholdMetricId")
_only_named = named_only("cloudwatch", "alarm:", "AlarmName")


def create_alarm(making: Making) -> Created:
    """One that looks at a metric. Alarms of other kinds, and on clouds where nobody sees them, are names."""
    if making.given(_OF_OTHER_KINDS) or not _is_seen(making):
        return _only_named(making)
    name = making.name("AlarmName", limit=255)
    arn = making.arn("cloudwatch", f"alarm:{name}")
    making.call(
        "cloudwatch", "put_metric_alarm", AlarmName=name, Tags=tag_list(making), **making.given(_ALARM)
    )
    making.named(arn, name, service="cloudwatch")
    return Created(name, {"Arn": arn})


def _is_seen(making: Making) -> bool:
    try:
        making.check_seen("cloudwatch")
    except Unsupported:
        return False
    return True


TYPES = {
    "AWS::CloudWatch::Alarm": ResourceType(
        create_alarm,
        _ALARM | properties("AlarmName Tags"),
        _OF_OTHER_KINDS | properties("WarmUpConfiguration"),
    )
}
