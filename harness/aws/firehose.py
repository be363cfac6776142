"""Amazon Data Firehose: streams that deliver to stores outside of what is simulated.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from .facts import Batch, Does, Errors, FailedEntries, Operation, Role, Service, Words

_STREAM = ("DeliveryStreamName",)

SERVICE = Service(
    name="firehose",
    word="delivery stream",
    operations={
        "PutRecord": Operation(Does.SENDS, _STREAM),
        "PutRecordBatch": Operation(
            Does.SENDS,
            _STREAM,
            Batch(
                "Records",
                FailedEntries.BY_PLACE,
                "RequestResponses",
                code="ErrorCode",
                message="ErrorMessage",
                count="FailedPutCount",
            ),
        ),
    },
    roles={"deliverystream/*": Role.LEAVES},
    errors=Errors(failing=Words("ServiceUnavailableException", 503, "The service is unavailable.")),
    about=_STREAM,
    form="arn:aws:firehose:{region}:{account}:deliverystream/{name}",
)
