"""S3's notifications. moto holds the objects; what happens to them is told here, and sent on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from harness import aws
from harness.aws.parcels import EventParcel, ObjectParcel, Parcel, Text
from harness.aws.rules.bucket_notifications import (
    BucketNotifications,
    ObjectEvent,
    out_of_reach,
    reason,
)
from harness.aws.rules.bucket_records import SUBJECT, event_for_bus, records, test_event
from harness.aws.rules.event_retries import RetryPolicy
from harness.sim.own_hosts import OwnHost
from harness.sim.patches.randomness import apart
from harness.sim.services.retrying import Addressed, RetriedDeliveries, RetriedDelivery
from harness.sim.services.s3 import web
from harness.sim.services.s3.api import NotificationsApi
from harness.sim.services.s3.watching import OPERATIONS, POSTED, happened
from harness.sim.services.service import (
    Caller,
    Delivered,
    Delivery,
    DeliveryFailed,
    KnowsPlaces,
    Operation,
    Params,
)
from harness.sim.world import World


class S3:
    """The simulator's S3, as far as it moves something."""

    facts: ClassVar = aws.service("s3")

    def __init__(self, world: World) -> None:
        self._world = world
        self._retried = RetriedDeliveries(world)
        self._buckets: dict[str, BucketNotifications] = {}
        self._posted: set[tuple[str, str]] = set()
        api = NotificationsApi(self._buckets, self._exists, self._attempt, world.kernel.new_id)
        self._operations = api.operations()

    @property
    def operations(self) -> Mapping[str, Operation]:
        """API operations by name."""
        return self._operations

    def deliver(self, delivery: Delivery) -> Delivered:
        """Keep an object, and tell of it."""
        parcel, bucket = delivery.holding(ObjectParcel), delivery.target.rpartition(":")[2]
        if not self._exists(bucket):
            raise DeliveryFailed("NoSuchBucket", f"there is no bucket {bucket}", retryable=False)
        with apart("moto"):
            self._held().put_object(bucket, parcel.key, parcel.body.encode())
        caller = Caller(self._world.recorder.actor, self._world.region, self._world.account)
        tell = self.watch("PutObject", {"Bucket": bucket, "Key": parcel.key}, caller)
        if tell is not None:
            tell()
        return Delivered((parcel.key,))

    def at(self, host: str) -> OwnHost | None:
        """What answers at a host; None: no bucket has it."""
        return web.at(self._world, host, self._posting)

    @contextmanager
    def _posting(self, bucket: str, key: str) -> Iterator[None]:
        self._posted.add((bucket, key))
        try:
            yield
        finally:
            self._posted.discard((bucket, key))

    def watch(self, operation: str, params: Params, caller: Caller) -> Callable[[], None] | None:
        """A call on objects is about to be carried out."""
        name = str(params.get("Bucket"))
        found = self._buckets.get(name)
        if found is None or not found.given:
            return None
        if operation == "DeleteBucket":
            return lambda: self._forget(name)
        return partial(self._tell, operation, params, caller, found) if operation in OPERATIONS else None

    def _tell(self, operation: str, params: Params, caller: Caller, found: BucketNotifications) -> None:
        """A call on objects of a bucket with notifications has succeeded."""
        held, bucket, kernel = self._held(), params["Bucket"], self._world.kernel
        kept = held.buckets[bucket]

        def look(key: str, version: str | None) -> Any:
            return held.get_object(bucket, key, version, return_delete_marker=True)

        for told in happened(operation, params, look, kept.versioning_status):
            at = kernel.now + told.pop("after", 0.0)
            if (bucket, told["key"]) in self._posted:
                told["name"] = POSTED
            event = ObjectEvent(
                bucket=bucket,
                at=at,
                region=kept.region_name,
                reason=reason(operation),
                request_id=caller.request_id,
                sequencer=found.next_sequencer(at),
                **told,
            )
            if at > kernel.now:
                kernel.call_at(at, partial(self._send, event, found, caller), name=f"restore in {bucket}")
            else:
                self._send(event, found, caller)

    def _send(self, event: ObjectEvent, found: BucketNotifications, caller: Caller) -> None:
        """Tell everyone who is to be told of an event."""
        chosen = [each for each in found.notifications if each.wants(event.name)]
        for_bus = event_for_bus(event, caller.account) if found.to_event_bridge else None
        if not chosen and for_bus is None:
            return
        source = f"arn:aws:s3:::{event.bucket}"
        recorder, names = self._world.recorder, self._world.names
        message = self._world.kernel.new_id(f"events of {source}")
        body = records(event, "", caller.account) if chosen else for_bus
        with recorder.caused_by(recorder.accepted(names.of(source), message, body=body), actor="s3"):
            for each in chosen:
                if not each.lets_pass(event.key):
                    recorder.filtered(names.of(source), names.of(each.target), (message,))
                    continue
                text = json.dumps(records(event, each.id, caller.account))
                parcel = _parcel(each.target, Text(text=text, subject=SUBJECT, trace=caller.trace))
                self._deliver(source, each.target, message, parcel)
            if for_bus is not None:
                bus = f"arn:aws:events:{event.region}:{caller.account}:event-bus/default"
                self._deliver(source, bus, message, EventParcel(event=for_bus))

    def _deliver(self, source: str, target: str, message: str, parcel: Parcel) -> None:
        """S3 delivers at least once, and has no dead-letter queue."""
        now = self._world.kernel.now
        self._retried.start(
            RetriedDelivery(
                source, target, message, RetryPolicy(), now, lambda attempt: Addressed(target, parcel)
            )
        )

    def _attempt(self, bucket: str, target: str) -> str:
        """Send a test event, as S3 does when it is told of a target; a function is only looked for. Gives the
        reason why it can't."""
        owner = self._world.owner(target)
        if owner is None or aws.parcel(target, Text(text="")) is None:
            return "The destination is of no kind that S3 notifies"
        if isinstance(owner, KnowsPlaces):
            return "" if owner.has_place(target) else out_of_reach(target, "")
        source, kernel = f"arn:aws:s3:::{bucket}", self._world.kernel
        message = kernel.new_id(f"events of {source}")
        body = test_event(bucket, kernel.now, message)
        recorder = self._world.recorder
        accepted = recorder.accepted(self._world.names.of(source), message, body=body)
        with recorder.caused_by(accepted, actor="s3"):
            parcel = _parcel(target, Text(text=json.dumps(body), subject=SUBJECT))
            result = self._world.hops.run(Delivery(source, target, (message,), parcel))
        if result.ok:
            return ""
        return out_of_reach(target, result.error)

    def _exists(self, bucket: str) -> bool:
        return bucket in self._held().buckets

    def _forget(self, bucket: str) -> None:
        self._buckets.pop(bucket, None)

    def _held(self) -> Any:
        return self._world.held.backend("s3", "aws")


def _parcel(target: str, text: Text) -> Parcel:
    parcel = aws.parcel(target, text)
    assert parcel is not None, "a configuration names only targets that take something"
    return parcel


MOVER = S3
