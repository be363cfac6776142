"""AWS Identity and Access Management. It is one service for all regions.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from .facts import QUERY_ERRORS, Does, Operation, Service, Undo

SERVICE = Service(
    name="iam",
    word="role",
    operations={
        "PutRolePolicy": Operation(Does.CONFIGURES, ("RoleName",)),
        "CreateRole": Operation(
            Does.CONFIGURES, ("RoleName",), undone_by=Undo("DeleteRole", {"RoleName": "{RoleName}"})
        ),
    },
    errors=QUERY_ERRORS,
    about=("RoleName", "UserName", "GroupName", "PolicyArn", "PolicyName", "InstanceProfileName"),
    form="arn:aws:iam::{account}:role/{name}",
)
