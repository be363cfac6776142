"""Amazon EventBridge Pipes: from a source through a filter to a target.

https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Operations.html
"""

from __future__ import annotations

from .facts import Errors, Service, Words

SERVICE = Service(
    name="pipes",
    errors=Errors(
        throttled=Words("ThrottlingException", 429, "Rate exceeded"),
        failing=Words("InternalException", 500, "An internal error occurred."),
    ),
    about=("Name", "resourceArn"),
    form="arn:aws:pipes:{region}:{account}:pipe/{name}",
)
