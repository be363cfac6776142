"""Amazon CloudWatch: metrics, and alarms on them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from .facts import QUERY_ERRORS, Does, Operation, Role, Service, Signing

SERVICE = Service(
    name="cloudwatch",
    word="alarm",
    operations={
        "PutMetricData": Operation(Does.WRITES),
        "PutMetricAlarm": Operation(Does.CONFIGURES, ("AlarmName",)),
        "PutCompositeAlarm": Operation(Does.CONFIGURES, ("AlarmName",)),
        "PutDashboard": Operation(Does.CONFIGURES, ("DashboardName",)),
    },
    roles={"alarm:*": Role.FANS_OUT},
    keeps_failures=False,
    tries_once=True,
    principal="cloudwatch.amazonaws.com",
    errors=QUERY_ERRORS,
    about=("AlarmName", "DashboardName", "Name", "ResourceARN"),
    form="arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    signing=Signing(name="monitoring"),
)
