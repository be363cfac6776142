"""Amazon CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re

from .facts import Does, Operation, Role, Service, Signing, Undo

_GROUP = ("logGroupName",)

SERVICE = Service(
    name="logs",
    word="log group",
    operations={
        "PutLogEvents": Operation(Does.WRITES, _GROUP),
        "CreateLogGroup": Operation(
            Does.CONFIGURES, _GROUP, undone_by=Undo("DeleteLogGroup", {"logGroupName": "{logGroupName}"})
        ),
    },
    roles={"log-group:*": Role.LEAVES},
    about=("logGroupName", "logGroupIdentifier", "resourceArn"),
    form="arn:aws:logs:{region}:{account}:log-group:{name}",
    counts=re.compile(r"log-group:[^:]+"),
    signing=Signing(id="cloudwatch-logs"),
)
