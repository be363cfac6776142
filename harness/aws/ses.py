"""Amazon SES, the older API.

https://docs.aws.amazon.com/ses/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from .facts import QUERY_ERRORS, Does, Operation, Role, Service

SERVICE = Service(
    name="ses",
    operations={
        "SendEmail": Operation(Does.SENDS, ("SourceArn",)),
        "SendRawEmail": Operation(Does.SENDS, ("SourceArn",)),
        "SendTemplatedEmail": Operation(Does.SENDS, ("SourceArn",)),
        "SendBulkTemplatedEmail": Operation(Does.SENDS, ("SourceArn",)),
        "VerifyEmailIdentity": Operation(Does.CONFIGURES),
    },
    roles={"identity/*": Role.LEAVES},
    errors=QUERY_ERRORS,
    form="arn:aws:ses:{region}:{account}:identity/{name}",
)
