"""Streams of Kinesis that the changes of tables go into.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harness.aws.parcels import StreamParcel
from harness.aws.rules.event_retries import RetryPolicy
from harness.aws.rules.items import as_text, plain, size_of
from harness.aws.rules.table_streams import ItemChange
from harness.sim.services.dynamodb.tables import listen
from harness.sim.services.retrying import Addressed, RetriedDeliveries, RetriedDelivery
from harness.sim.services.service import Caller, Operation, Params, ServiceError
from harness.sim.world import World

ACTIVE, DISABLED = "ACTIVE", "DISABLED"
_PRECISION = "ApproximateCreationDateTimePrecision"
_USUAL = "MILLISECOND"
_UNITS = {"MILLISECOND": 1000, "MICROSECOND": 1_000_000}
_LIKE_STREAMS = "UpdateKinesisStreamingConfiguration", "EnableKinesisStreamingConfiguration"


class KinesisDestinations:
    """The destinations of all tables. `table` finds a table of moto's; raises `LookupError`."""

    def __init__(self, world: World, table: Callable[[str, str], Any]) -> None:
        self._world = world
        self._table = table
        self._retried = RetriedDeliveries(world)
        self._of: dict[str, dict[str, dict[str, str]]] = {}

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "DescribeKinesisStreamingDestination": self.describe,
            "DisableKinesisStreamingDestination": self.disable,
            "EnableKinesisStreamingDestination": self.enable,
            "UpdateKinesisStreamingDestination": self.update,
        }

    def enable(self, params: Params, caller: Caller) -> Params:
        """Changes go there from now on. Two streams a table."""
        found, stream = self._found(params, caller), params["StreamArn"]
        if found.get(stream, {}).get("status") == ACTIVE:
            raise _refused("ResourceInUseException", f"Table is already streaming to {stream}")
        if self._world.owner(stream) is None or ":kinesis:" not in stream:
            raise _refused("ResourceNotFoundException", f"Stream not found: {stream}")
        listen(self._table(caller.region, params["TableName"]))
        found[stream] = {"status": ACTIVE, _PRECISION: _precision(params) or _USUAL}
        return _answer(params, "ENABLING")

    def disable(self, params: Params, caller: Caller) -> Params:
        """No more changes go there."""
        self._active(params, caller)["status"] = DISABLED
        return _answer(params, "DISABLING")

    def update(self, params: Params, caller: Caller) -> Params:
        """Another precision of times."""
        held = self._active(params, caller)
        held[_PRECISION] = _precision(params) or held[_PRECISION]
        return _answer(params, "UPDATING")

    def describe(self, params: Params, caller: Caller) -> Params:
        """All of a table, those that were disabled included."""
        shown = [
            {"StreamArn": stream, "DestinationStatus": held["status"], _PRECISION: held[_PRECISION]}
            for stream, held in self._found(params, caller).items()
        ]
        return {"TableName": params["TableName"], "KinesisDataStreamDestinations": shown}

    def wants(self, table_arn: str) -> bool:
        """Do the changes of a table go anywhere?"""
        return any(held["status"] == ACTIVE for held in self._of.get(table_arn, {}).values())

    def send(self, table: Any, changes: Iterable[ItemChange], identity: Mapping[str, str] | None) -> None:
        """Changes of a table, each on a way of its own: they may overtake each other, as on AWS."""
        source, kernel = f"{table.table_arn}/kinesis", self._world.kernel
        for change in changes:
            message = kernel.new_id(f"changes of {source}")
            body = _record(table, change, identity, message)
            recorder, place = self._world.recorder, self._world.names.of(source)
            accepted = recorder.accepted(place, message, body=_told(body), group=_key(body))
            with recorder.caused_by(accepted, actor="dynamodb"):
                for stream, held in self._of[table.table_arn].items():
                    if held["status"] == ACTIVE:
                        self._deliver(source, stream, message, body, held[_PRECISION])

    def _deliver(self, source: str, stream: str, message: str, body: dict[str, Any], precision: str) -> None:
        now = self._world.kernel.now
        inner = {
            "ApproximateCreationDateTime": round(now * _UNITS[precision]),
            **({_PRECISION: precision} if precision != _USUAL else {}),
            **body["dynamodb"],
        }
        key = hashlib.md5(_key(body).encode()).hexdigest()
        parcel = StreamParcel(data=json.dumps({**body, "dynamodb": inner}), key=key)
        self._retried.start(
            RetriedDelivery(
                source, stream, message, RetryPolicy(), now, lambda attempt: Addressed(stream, parcel)
            )
        )

    def _found(self, params: Params, caller: Caller) -> dict[str, dict[str, str]]:
        try:
            table = self._table(caller.region, params["TableName"])
        except LookupError:
            message = f"Requested resource not found: Table: {params['TableName']} not found"
            raise _refused("ResourceNotFoundException", message) from None
        return self._of.setdefault(table.table_arn, {})

    def _active(self, params: Params, caller: Caller) -> dict[str, str]:
        held = self._found(params, caller).get(params["StreamArn"])
        if held is None or held["status"] != ACTIVE:
            raise _refused("ResourceNotFoundException", f"Table is not streaming to {params['StreamArn']}")
        return held


def _record(
    table: Any, change: ItemChange, identity: Mapping[str, str] | None, message: str
) -> dict[str, Any]:
    item = as_text((change.new if change.new is not None else change.old) or {})
    keys = {name: item[name] for name in table.table_key_attrs}
    images = {"NewImage": change.new, "OldImage": change.old}
    shown = {name: as_text(image) for name, image in images.items() if image is not None}
    return {
        "awsRegion": table.region_name,
        "eventID": message,
        "eventName": change.name,
        "userIdentity": dict(identity) if identity else None,
        "recordFormat": "application/json",
        "tableName": table.name,
        "dynamodb": {
            "Keys": keys,
            **shown,
            "SizeBytes": size_of(keys) + sum(map(size_of, shown.values())),
        },
        "eventSource": "aws:dynamodb",
    }


def _told(body: Mapping[str, Any]) -> dict[str, Any]:
    """The record in the history: images and keys as plain values."""
    inner = body["dynamodb"]
    told = {"eventName": body["eventName"]}
    return told | {name: plain(inner[name]) for name in ("Keys", "NewImage", "OldImage") if name in inner}


def _key(body: Mapping[str, Any]) -> str:
    return json.dumps(body["dynamodb"]["Keys"], sort_keys=True)


def _precision(params: Params) -> str:
    return next((str(params[name][_PRECISION]) for name in _LIKE_STREAMS if params.get(name)), "")


def _answer(params: Params, status: str) -> Params:
    return {"TableName": params["TableName"], "StreamArn": params["StreamArn"], "DestinationStatus": status}


def _refused(code: str, message: str) -> ServiceError:
    return ServiceError(code, message)
