"""Changes of tables that DynamoDB refuses, and that moto would make or stumble over.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from harness.aws.rules.table_writes import is_streaming
from harness.sim.patches.patching import Replaced
from harness.wire import ServiceError

_BAD = "One or more parameter values were invalid"
_SOME = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
    "SSESpecification or ReplicaUpdates is required"
)
_INDEXES_MAX = {
    "LocalSecondaryIndexes": (5, "Number of LocalSecondaryIndexes exceeds per-table"),
    "GlobalSecondaryIndexes": (20, "GlobalSecondaryIndex count exceeds the per-table"),
}
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""
_NO_CHANGES = frozenset(("TableName", "AttributeDefinitions"))
_ONE_AT_A_TIME = (
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
)


def checked_changes() -> Replaced:
    """Inside the block moto refuses them."""
    return Replaced(
        (DynamoHandler, "create_table", _creating(DynamoHandler.create_table)),
        (DynamoHandler, "update_table", _updating(DynamoHandler.update_table)),
        (DynamoDBBackend, "update_time_to_live", _update_time_to_live),
        (DynamoDBBackend, "describe_time_to_live", _describe_time_to_live),
    )


def _creating(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def create_table(handler: Any) -> Any:
        asked = handler.body
        for name in ("AttributeDefinitions", "KeySchema"):
            if not asked.get(name):
                raise MockValidationException(f"{_BAD}: {name} of a table must be specified")
        _check_view(asked.get("StreamSpecification") or {})
        hash_key = asked["KeySchema"][0]["AttributeName"]
        for index in asked.get("LocalSecondaryIndexes") or ():
            _check_local(index, hash_key)
        _check_made([index for name in _INDEXES_MAX for index in asked.get(name) or ()])
        for name, (most, told) in _INDEXES_MAX.items():
            if len(asked.get(name) or ()) > most:
                raise MockValidationException(f"{_BAD}: {told} limit of {most}")
        return usual(handler)

    return create_table


def _check_local(index: Mapping[str, Any], hash_key: str) -> None:
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    lacks = ""
    if keys[0] != hash_key:
        lacks = "the same leading hash key as table KeySchema"
    elif len(keys) < 2:
        lacks = "a range key"
    if lacks:
        told = f"Index KeySchema does not have {lacks} for index: {index['IndexName']}"
        raise MockValidationException(f"{_BAD}: {told}")


def _check_made(indexes: list[Mapping[str, Any]]) -> None:
    seen: set[str] = set()
    for index in indexes:
        name, projection = index["IndexName"], index.get("Projection") or {}
        if name in seen:
            raise MockValidationException(f"{_BAD}: Duplicate index name: {name}")
        seen.add(name)
        kind, names = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
        if bool(names) is not (kind == "INCLUDE"):
            told = f"ProjectionType is {kind}, but NonKeyAttributes is {'' if names else 'not '}specified"
            raise MockValidationException(f"{_BAD}: {told}")


def _check_view(asked: Mapping[str, Any]) -> None:
    if bool(asked.get("StreamEnabled")) is not bool(asked.get("StreamViewType")):
        told = "StreamViewType is required if, and only if, StreamEnabled is true"
        raise MockValidationException(f"{_BAD}: {told}")


def _updating(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def update_table(handler: Any) -> Any:
        asked, table = handler.body, handler.dynamodb_backend.get_table(handler.body["TableName"])
        if not any(asked[name] not in (None, [], {}) for name in asked.keys() - _NO_CHANGES):
            raise MockValidationException(_SOME)
        if asked.get("StreamSpecification"):
            _check_stream(table, asked["StreamSpecification"])
        defined = {each["AttributeName"]: each for each in table.attr}
        defined |= {each["AttributeName"]: each for each in asked.get("AttributeDefinitions") or ()}
        _check_indexes(table, asked.get("GlobalSecondaryIndexUpdates") or (), defined)
        answer = usual(handler)
        table.attr = [each for name, each in defined.items() if name in table.attribute_keys]
        answer.result["TableDescription"]["AttributeDefinitions"] = table.attr
        return answer

    return update_table


def _check_stream(table: Any, asked: Mapping[str, Any]) -> None:
    _check_view(asked)
    if bool(asked.get("StreamEnabled")) is is_streaming(table):
        state = "an enabled" if is_streaming(table) else "a disabled"
        raise MockValidationException(f"Table already has {state} stream: TableName: {table.name}")


def _check_indexes(table: Any, updates: Any, defined: Mapping[str, Any]) -> None:
    names = {index.name for index in table.all_indexes()}
    own = {index.name for index in table.global_indexes}
    changes = [(kind, asked) for update in updates for kind, asked in update.items()]
    if sum(kind != "Update" for kind, _ in changes) > 1:
        raise ServiceError("LimitExceededException", _ONE_AT_A_TIME)
    for kind, asked in changes:
        name = asked["IndexName"]
        if kind != "Create":
            if name not in own:
                raise ServiceError("ResourceNotFoundException", "Requested resource not found")
            continue
        _check_made([asked])
        if name in names:
            raise MockValidationException(f"Attempting to create an index which already exists: {name}")
        keys = [key["AttributeName"] for key in asked["KeySchema"]]
        if any(key not in defined for key in keys):
            raise MockValidationException(
                f"{_BAD}: Some index key attributes are not defined in AttributeDefinitions. "
                f"Keys: [{', '.join(keys)}], AttributeDefinitions: [{', '.join(defined)}]"
            )


def _update_time_to_live(backend: Any, table_name: str, ttl_spec: Mapping[str, Any]) -> None:
    table, is_wanted = _table(backend, table_name), bool(ttl_spec["Enabled"])
    current = table.ttl.get("AttributeName")
    if current not in (None, ttl_spec["AttributeName"]):
        told = f"active on a different AttributeName: current AttributeName is {current}"
        raise MockValidationException(f"TimeToLive is {told}")
    if is_wanted is (current is not None):
        raise MockValidationException(f"TimeToLive is already {'enabled' if is_wanted else 'disabled'}")
    enabled = {"TimeToLiveStatus": "ENABLED", "AttributeName": ttl_spec["AttributeName"]}
    table.ttl = enabled if is_wanted else {"TimeToLiveStatus": "DISABLED"}


def _describe_time_to_live(backend: Any, table_name: str) -> Mapping[str, Any]:
    told: Mapping[str, Any] = _table(backend, table_name).ttl
    return told


def _table(backend: Any, name: str) -> Any:
    found = next((each for each in backend.tables.values() if name in (each.name, each.table_arn)), None)
    if found is None:
        told = f"Requested resource not found: Table: {name} not found"
        raise ServiceError("ResourceNotFoundException", told)
    return found
