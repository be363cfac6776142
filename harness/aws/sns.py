"""Amazon SNS: topics copy messages to their subscribers.

https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
"""

from __future__ import annotations

import re

from .facts import Batch, Does, Errors, FailedEntries, Operation, Role, Service, Undo, Words
from .parcels import for_topic

_TO = ("TopicArn", "TargetArn", "PhoneNumber")

SERVICE = Service(
    name="sns",
    word="topic",
    operations={
        "Publish": Operation(Does.SENDS, _TO),
        "PublishBatch": Operation(
            Does.SENDS,
            ("TopicArn",),
            Batch(
                "PublishBatchRequestEntries",
                FailedEntries.BY_ID,
                "Failed",
                also=(("SenderFault", False),),
                done="Successful",
            ),
        ),
        "CreateTopic": Operation(
            Does.CONFIGURES, ("Name",), undone_by=Undo("DeleteTopic", {"TopicArn": "{arn}"})
        ),
    },
    parcel=for_topic,
    roles={"endpoint/*": Role.LEAVES, "app/*": Role.LEAVES, "*": Role.FANS_OUT},
    principal="sns.amazonaws.com",
    errors=Errors(
        throttled=Words("Throttling", 400, "Rate exceeded"),
        failing=Words("InternalError", 500, "An internal service error occurred."),
        denied=Words("AuthorizationError", 403),
    ),
    about=("TopicArn", "TargetArn", "Name", "ResourceArn", "SubscriptionArn", "PhoneNumber", "phoneNumber"),
    counts=re.compile(r"(?:endpoint|app)/.*|[^:]+"),
)
