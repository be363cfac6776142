"""Amazon EC2.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from .facts import Errors, Service, Words

SERVICE = Service(
    name="ec2",
    errors=Errors(
        throttled=Words("RequestLimitExceeded", 503, "Request limit exceeded."),
        failing=Words("InternalError", 500, "An internal error has occurred"),
        denied=Words("UnauthorizedOperation", 403),
    ),
    about=("ResourceArn",),
)
