"""The Resource of a task: the thing that does its work, and how the state waits for it.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

REQUEST_RESPONSE, SYNC, SYNC_2, TOKEN = "", ".sync", ".sync:2", ".waitForTaskToken"
AWS_SDK = "aws-sdk"


@dataclass(frozen=True, slots=True)
class TaskResource:
    """A function or an activity by its ARN; or a `service` and its `action`, and a pattern of waiting.

    `sdk`: the service is called as its own API has it, not by an optimised integration.
    """

    arn: str
    kind: str
    service: str = ""
    action: str = ""
    pattern: str = REQUEST_RESPONSE
    sdk: bool = False

    @property
    def type_shown(self) -> str:
        """`resourceType` in events."""
        return f"{AWS_SDK}:{self.service}" if self.sdk else self.service

    @property
    def shown(self) -> str:
        """`resource` in events."""
        return self.action + self.pattern

    @property
    def waits_for_token(self) -> bool:
        """Does it end by its task token?"""
        return self.pattern == TOKEN

    @property
    def is_sync(self) -> bool:
        """Does it end with what it started?"""
        return self.pattern in (SYNC, SYNC_2)


FUNCTION, ACTIVITY, SERVICE = "function", "activity", "service"


@lru_cache(maxsize=256)
def parse(arn: str) -> TaskResource:
    """
    >>> parse("arn:aws:states:::sqs:sendMessage.waitForTaskToken").shown
    'sendMessage.waitForTaskToken'
    """
    parts = arn.split(":")
    if parts[2:3] == ["lambda"]:
        return TaskResource(arn, FUNCTION)
    if parts[2:3] == ["states"] and len(parts) > 6 and parts[5] == "activity":
        return TaskResource(arn, ACTIVITY)
    sdk = parts[5:6] == [AWS_SDK]
    service, _, rest = ":".join(parts[6 if sdk else 5 :]).partition(":")
    for pattern in (TOKEN, SYNC_2, SYNC):
        if rest.endswith(pattern):
            return TaskResource(arn, SERVICE, service, rest.removesuffix(pattern), pattern, sdk)
    return TaskResource(arn, SERVICE, service, rest, sdk=sdk)
