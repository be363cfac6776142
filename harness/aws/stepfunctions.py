"""AWS Step Functions: state machines run, and activities hold work for workers.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
"""

from __future__ import annotations

import re

from .facts import Does, Operation, Role, Service, Signing, Undo
from .parcels import for_function

_MACHINE = ("stateMachineArn",)

SERVICE = Service(
    name="stepfunctions",
    word="state machine",
    operations={
        "StartExecution": Operation(Does.SENDS, _MACHINE),
        "StartSyncExecution": Operation(Does.SENDS, _MACHINE),
        "RedriveExecution": Operation(Does.SENDS, ("executionArn",)),
        "GetActivityTask": Operation(Does.TAKES, ("activityArn",)),
        "SendTaskSuccess": Operation(Does.SETTLES),
        "SendTaskFailure": Operation(Does.SETTLES),
        "SendTaskHeartbeat": Operation(Does.SETTLES),
        "CreateStateMachine": Operation(
            Does.CONFIGURES,
            ("name",),
            undone_by=Undo("DeleteStateMachine", {"stateMachineArn": "{arn}"}),
        ),
        "PublishStateMachineVersion": Operation(Does.CONFIGURES, _MACHINE),
    },
    roles={"stateMachine:*": Role.RUNS, "activity:*": Role.HOLDS},
    about=("stateMachineArn", "activityArn", "executionArn", "name", "resourceArn"),
    form="arn:aws:states:{region}:{account}:stateMachine:{name}",
    counts=re.compile(r"(?:stateMachine|activity):[^:]+"),
    arn_name="states",
    parcel=for_function,
    signing=Signing(name="states", id="sfn"),
)
