"""AWS Systems Manager: parameters. EventBridge starts automations and runs documents.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re

from .facts import Does, Errors, Operation, Role, Service, Spelling, Undo, Words

_PARAMETER = ("Name",)

SERVICE = Service(
    name="ssm",
    word="parameter",
    operations={
        "PutParameter": Operation(
            Does.WRITES, _PARAMETER, undone_by=Undo("DeleteParameter", {"Name": "{Name}"})
        ),
        "DeleteParameter": Operation(Does.WRITES, _PARAMETER),
        "DeleteParameters": Operation(Does.WRITES, ("Names[]",)),
        "GetParameters": Operation(Does.READS, ("Names[]",)),
    },
    roles={"automation-definition/*": Role.LEAVES, "document/*": Role.LEAVES},
    errors=Errors(failing=Words("InternalServerError", 500, "An error occurred on the server side.")),
    about=("Name", "ResourceId", "ResourceArn"),
    form="arn:aws:ssm:{region}:{account}:parameter/{name}",
    spellings=(
        Spelling(
            re.compile(r"(?P<name>/[^:]+)(?::[^:]+)?"), form="arn:aws:ssm:{region}:{account}:parameter{name}"
        ),
        Spelling(re.compile(r"(?P<name>[^:]+)(?::[^:]+)?")),
    ),
    counts=re.compile(r"parameter/[^:]+"),
)
