"""Amazon SES.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Operations.html
"""

from __future__ import annotations

from . import ses
from .facts import Does, Errors, Operation, Service, Signing, Words

SERVICE = Service(
    name="sesv2",
    operations={
        "SendEmail": Operation(Does.SENDS, ("FromEmailAddressIdentityArn",)),
        "SendBulkEmail": Operation(Does.SENDS, ("FromEmailAddressIdentityArn",)),
    },
    roles=ses.SERVICE.roles,
    errors=Errors(throttled=Words("TooManyRequestsException", 429, "Too Many Requests")),
    form=ses.SERVICE.form,
    arn_name="ses",
    signing=Signing(name="ses", path="/v2/"),
)
