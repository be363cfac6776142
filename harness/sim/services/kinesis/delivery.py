"""Streams as targets of deliveries: rules, schedules and pipes put records into them.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_KinesisParameters.html
"""

from __future__ import annotations

from base64 import b64decode

from harness.aws.parcels import StreamParcel
from harness.sim.services.kinesis.lookups import Lookups
from harness.sim.services.kinesis.writing import Writing
from harness.sim.services.service import Delivered, Delivery, DeliveryFailed, ServiceError

_PASSING = "ProvisionedThroughputExceededException"


class StreamDeliveries:
    """Takes what other services deliver to streams."""

    def __init__(self, find: Lookups, writing: Writing) -> None:
        self._find = find
        self._writing = writing

    def deliver(self, delivery: Delivery) -> Delivered:
        """It is one record. The id of the message, as that of an event, is its key if it has none."""
        parcel = delivery.holding(StreamParcel)
        data = b64decode(parcel.data) if parcel.binary else parcel.data
        entry = {"Data": data, "PartitionKey": parcel.key or delivery.messages[0]}
        try:
            stream = self._find.check_works(self._find.by_arn(delivery.target))
            _, record = self._writing.take_in(stream, entry)
        except ServiceError as error:
            retryable = error.code == _PASSING
            raise DeliveryFailed(error.code, error.message, retryable=retryable) from None
        return Delivered((str(record.number),))
