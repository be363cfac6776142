"""Amazon SQS: queues hold messages until somebody takes and deletes them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re

from .facts import (
    Batch,
    Depths,
    Does,
    Errors,
    FailedEntries,
    Listing,
    Operation,
    Role,
    Service,
    Spelling,
    Undo,
    Words,
)
from .parcels import for_queue

_REGION = r"(?P<region>[a-z]{2}[a-z0-9-]*-\d)"
_PATH = r"/(?P<account>\d{12})/(?P<name>[^/?]+)/?"
_QUEUE = ("QueueUrl",)
_VISIBLE = "ApproximateNumberOfMessages"
_HIDDEN = ("ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
_BATCH = Batch("Entries", FailedEntries.BY_ID, "Failed", also=(("SenderFault", False),), done="Successful")

SERVICE = Service(
    name="sqs",
    word="queue",
    operations={
        "SendMessage": Operation(Does.SENDS, _QUEUE),
        "SendMessageBatch": Operation(Does.SENDS, _QUEUE, _BATCH),
        "ReceiveMessage": Operation(Does.TAKES, _QUEUE),
        "DeleteMessage": Operation(Does.SETTLES, _QUEUE),
        "DeleteMessageBatch": Operation(Does.SETTLES, _QUEUE, _BATCH),
        "ChangeMessageVisibility": Operation(Does.SETTLES, _QUEUE),
        "ChangeMessageVisibilityBatch": Operation(Does.SETTLES, _QUEUE, _BATCH),
        "PurgeQueue": Operation(Does.SETTLES, _QUEUE),
        "StartMessageMoveTask": Operation(Does.SETTLES, ("SourceArn",)),
        "CreateQueue": Operation(
            Does.CONFIGURES,
            ("QueueName",),
            undone_by=Undo(
                "DeleteQueue",
                {"QueueUrl": "{QueueUrl}"},
                found_by=Listing("GetQueueUrl", {"QueueName": "{QueueName}"}),
            ),
        ),
    },
    parcel=for_queue,
    roles={"*": Role.HOLDS},
    errors=Errors(
        throttled=Words("RequestThrottled", 403, "Request is throttled."),
        denied=Words("AccessDenied", 403),
    ),
    about=("QueueUrl", "QueueName", "SourceArn"),
    spellings=tuple(
        Spelling(re.compile(f"https?://{host}{_PATH}"))
        for host in (
            rf"(?:[^/]*\.)?sqs(?:-fips)?\.{_REGION}\.[^/]+",
            rf"{_REGION}\.queue\.[^/]+",
            rf"[^/]+/queue/{_REGION}",
            r"[^/]+",
        )
    ),
    depths=Depths(
        Listing("ListQueues", items="QueueUrls[]"),
        Listing(
            "GetQueueAttributes",
            {"QueueUrl": "{item}", "AttributeNames": ("QueueArn", _VISIBLE, *_HIDDEN)},
            items="Attributes",
        ),
        arn="QueueArn",
        visible=_VISIBLE,
        hidden=_HIDDEN,
    ),
)
