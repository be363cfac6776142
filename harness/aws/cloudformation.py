"""AWS CloudFormation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import hashlib

from .facts import QUERY_ERRORS, Service

SERVICE = Service(
    name="cloudformation",
    errors=QUERY_ERRORS,
    about=("StackName", "StackSetName"),
    form="arn:aws:cloudformation:{region}:{account}:stack/{name}",
)


def stack_id(stack: str, *, region: str, account: str) -> str:
    """The ARN of a stack, whose last part is made of its name."""
    digest = hashlib.sha256(stack.encode()).hexdigest()
    serial = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
    return SERVICE.arn(f"{stack}/{serial}", region=region, account=account)
