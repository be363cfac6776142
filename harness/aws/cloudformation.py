"""AWS CloudFormation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from .facts import QUERY_ERRORS, Service

SERVICE = Service(
    name="cloudformation",
    errors=QUERY_ERRORS,
    about=("StackName", "StackSetName"),
    form="arn:aws:cloudformation:{region}:{account}:stack/{name}",
)
