"""AWS Secrets Manager. It adds a hyphen and six characters to a name in an ARN.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
"""

from __future__ import annotations

import re

from .facts import Does, Errors, Operation, Service, Undo, Words

_SECRET = ("SecretId",)

SERVICE = Service(
    name="secretsmanager",
    word="secret",
    operations={
        "PutSecretValue": Operation(Does.WRITES, _SECRET),
        "UpdateSecret": Operation(Does.WRITES, _SECRET),
        "BatchGetSecretValue": Operation(Does.READS, ("SecretIdList[]",)),
        "CreateSecret": Operation(
            Does.CONFIGURES,
            ("Name",),
            undone_by=Undo("DeleteSecret", {"SecretId": "{Name}", "ForceDeleteWithoutRecovery": True}),
        ),
    },
    errors=Errors(failing=Words("InternalServiceError", 500, "An error occurred on the server side.")),
    about=("SecretId", "Name"),
    form="arn:aws:secretsmanager:{region}:{account}:secret:{name}",
    ending=re.compile(r"-[A-Za-z0-9]{6}$"),
)
