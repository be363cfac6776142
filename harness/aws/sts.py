"""AWS Security Token Service. It hands out credentials, and changes nothing.

https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from .facts import QUERY_ERRORS, Does, Operation, Service

_ROLE = "arn:aws:iam::{account}:role/{name}"

SERVICE = Service(
    name="sts",
    operations={
        "AssumeRole": Operation(Does.READS, ("RoleArn",), form=_ROLE),
        "AssumeRoleWithSAML": Operation(Does.READS, ("RoleArn",), form=_ROLE),
        "AssumeRoleWithWebIdentity": Operation(Does.READS, ("RoleArn",), form=_ROLE),
    },
    errors=QUERY_ERRORS,
)
