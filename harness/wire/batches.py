"""Batch calls that are answered in part: some entries are not applied, and the answer says so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from harness.faults.decision import Decision
from harness.wire import protocols
from harness.wire.errors import Params, ServiceError

_ENTRIES = {
    "SendMessageBatch": "Entries",
    "DeleteMessageBatch": "Entries",
    "ChangeMessageVisibilityBatch": "Entries",
    "PublishBatch": "PublishBatchRequestEntries",
}
"""Batch operations whose answer has `Failed` with the entry's Id, and their parameter."""

OPERATIONS = (*_ENTRIES, "BatchWriteItem", "BatchGetItem")
"""The batch operations that can be answered in part."""


@dataclass(frozen=True)
class LeftOut:
    """What was taken out of a request, in the words of its answer."""

    member: str
    value: Any


def take_out(operation: str, params: Params, decision: Decision) -> LeftOut:
    """Take the decision's entries out of the parameters; what the answer must say of them."""
    if operation in _ENTRIES:
        entries = params[_ENTRIES[operation]]
        params[_ENTRIES[operation]] = _without(entries, decision.entries)
        failed = [
            {
                "Id": entries[index]["Id"],
                "Code": decision.code or "InternalError",
                "Message": decision.message or "the service failed to process this entry",
                "SenderFault": False,
            }
            for index in decision.entries
            if index < len(entries)
        ]
        return LeftOut("Failed", failed)
    if operation == "BatchWriteItem":
        return LeftOut("UnprocessedItems", _take_items(params["RequestItems"], decision.entries))
    if operation == "BatchGetItem":
        keys = {table: wanted["Keys"] for table, wanted in params["RequestItems"].items()}
        taken = _take_items(keys, decision.entries)
        for table, wanted in list(params["RequestItems"].items()):
            if table in keys:
                wanted["Keys"] = keys[table]
            else:
                del params["RequestItems"][table]
        return LeftOut("UnprocessedKeys", {table: {"Keys": some} for table, some in taken.items()})
    raise ServiceError("ValidationError", f"{operation} is no batch call that can be answered in part")


def is_empty(operation: str, params: Params) -> bool:
    """Is nothing left that the service could do?"""
    return not params[_ENTRIES.get(operation, "RequestItems")]


def all_failed(left_out: LeftOut) -> Params:
    """The result of a batch of which nothing was done."""
    result: Params = {"Successful": []} if left_out.member == "Failed" else {}
    add_failed(result, left_out)
    return result


def add_failed(result: Params, left_out: LeftOut) -> None:
    """Say in the result what was left out."""
    if isinstance(left_out.value, list):
        result[left_out.member] = [*result.get(left_out.member, []), *left_out.value]
    else:
        result[left_out.member] = {**result.get(left_out.member, {}), **left_out.value}


def add_failed_to(rendered: AWSResponse, request: AWSPreparedRequest, left_out: LeftOut) -> AWSResponse:
    """The same for a JSON response that is rendered already. The SDK checks DynamoDB's checksum."""
    result = json.loads(rendered.content)
    add_failed(result, left_out)
    body = json.dumps(result).encode()
    headers = {**rendered.headers, "x-amz-crc32": str(crc32(body)), "content-length": str(len(body))}
    return protocols.response(request, rendered.status_code, headers, body)


def _take_items(tables: dict[str, list[Any]], indexes: tuple[int, ...]) -> dict[str, list[Any]]:
    """Move the items at these places, counted over all tables, into a new mapping."""
    taken: dict[str, list[Any]] = {}
    place = 0
    for table in list(tables):
        kept: list[Any] = []
        for item in tables[table]:
            (taken.setdefault(table, []) if place in indexes else kept).append(item)
            place += 1
        if kept:
            tables[table] = kept
        else:
            del tables[table]
    return taken


def _without(entries: list[Any], indexes: tuple[int, ...]) -> list[Any]:
    return [entry for index, entry in enumerate(entries) if index not in indexes]
