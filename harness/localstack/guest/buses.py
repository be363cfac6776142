"""LocalStack's event buses: they take events, and what becomes of these there nobody tells."""

from __future__ import annotations

import json

from localstack.aws.connect import connect_to

from ...aws.parcels import EventParcel
from . import context, doors
from .account_time import acting_for
from .context import Context
from .doors import TargetRefused
from .functions import parts_of

_WHY = "LocalStack doesn't tell what becomes of the events on its buses"


def put(bus: str, parcel: EventParcel, why: Context) -> None:
    """Put an event on a bus. Raises `TargetRefused`."""
    there, event = parts_of(bus), parcel.event
    entry = {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "Resources": list(event.get("resources") or ()),
        "EventBusName": bus,
    }
    with context.using(why), acting_for(there.account):
        client = connect_to(aws_access_key_id=there.account, region_name=there.region).events
        (answer,) = client.put_events(Entries=[entry])["Entries"]
    if "EventId" not in answer:
        raise TargetRefused(answer["ErrorCode"], answer.get("ErrorMessage") or "", retryable=False)
    message = answer["EventId"]
    if why.reached is not None:
        why.reached([message])
    doors.event(
        there.account,
        "left",
        place=bus,
        message=message,
        body=parcel.text,
        why=_WHY,
        cause=why.cause,
        actor=why.actor,
    )
