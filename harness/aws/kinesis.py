"""Amazon Kinesis Data Streams: shards hold records, and every consumer reads them for itself.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re

from .facts import Batch, Does, Errors, FailedEntries, Operation, Role, Service, Undo, Words
from .parcels import for_stream

_STREAM = ("StreamName", "StreamARN")

SERVICE = Service(
    name="kinesis",
    word="stream",
    operations={
        "PutRecord": Operation(Does.SENDS, _STREAM),
        "PutRecords": Operation(
            Does.SENDS,
            _STREAM,
            Batch(
                "Records",
                FailedEntries.BY_PLACE,
                "Records",
                code="ErrorCode",
                message="ErrorMessage",
                count="FailedRecordCount",
            ),
        ),
        "GetRecords": Operation(Does.TAKES, ("StreamARN",)),
        "SubscribeToShard": Operation(Does.TAKES, ("ConsumerARN",)),
        "CreateStream": Operation(
            Does.CONFIGURES,
            ("StreamName",),
            undone_by=Undo("DeleteStream", {"StreamName": "{StreamName}"}),
        ),
        "GetShardIterator": Operation(Does.READS, _STREAM),
    },
    roles={"stream/*": Role.FANS_OUT},
    ordered=("stream/*",),
    keeps_failures=False,
    parcel=for_stream,
    errors=Errors(
        throttled=Words(
            "ProvisionedThroughputExceededException", 400, "Rate exceeded for shard shardId-000000000000"
        ),
        failing=Words("InternalFailureException", 500, "Internal service failure."),
    ),
    about=(*_STREAM, "ConsumerARN", "ResourceARN"),
    form="arn:aws:kinesis:{region}:{account}:stream/{name}",
    counts=re.compile(r"stream/[^/]+"),
)
