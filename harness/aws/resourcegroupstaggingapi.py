"""AWS Resource Groups Tagging API.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from .facts import Service, Signing

SERVICE = Service(
    name="resourcegroupstaggingapi",
    about=("ResourceARNList[]",),
    arn_name="tag",
    signing=Signing(name="tagging"),
)
