"""Batch calls that are answered in part: some entries are not applied, and the answer says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from harness import aws
from harness.aws.facts import Batch, FailedEntries
from harness.wire import protocols
from harness.wire.errors import Params, ServiceError
from harness.wire.protocols import Wire


@dataclass(frozen=True)
class LeftOut:
    """Entries taken out of a request: its parameters with only those entries, and their positions."""

    batch: Batch
    params: Params
    places: tuple[int, ...]
    code: str
    message: str


def take_out(
    service: str, operation: str, params: Params, entries: Iterable[int], code: str, message: str
) -> LeftOut:
    """Take entries out of the parameters, by their places, to be answered with this error.

    Raises `ServiceError` for what is no batch call.
    """
    batch = aws.service(service).operation(operation).batch
    if batch is None:
        raise ServiceError("ValidationError", f"{operation} is no batch call that can be answered in part")
    places = tuple(place for place in sorted(entries) if place < batch.size(params))
    taken = deepcopy(params)
    _keep(batch, taken, lambda place: place in places)
    _keep(batch, params, lambda place: place not in places)
    return LeftOut(batch, taken, places, code, message)


def is_empty(left_out: LeftOut, params: Params) -> bool:
    """Is nothing left that the service could do?"""
    return not left_out.batch.size(params)


def all_failed(left_out: LeftOut) -> Params:
    """The result of a batch of which nothing was done."""
    result: Params = {left_out.batch.done: []} if left_out.batch.done else {}
    add_failed(result, left_out)
    return result


def add_failed(result: Params, left_out: LeftOut) -> None:
    """Say in the result what was left out."""
    batch = left_out.batch
    told = {batch.code: left_out.code, batch.message: left_out.message}
    if batch.answer is FailedEntries.RETURNED:
        container = left_out.params[batch.entries.partition(".")[0]]
        result[batch.member] = {**result.get(batch.member, {}), **container}
        return
    entries = list(result.get(batch.member) or ())
    if batch.answer is FailedEntries.BY_PLACE:
        for place in left_out.places:
            entries.insert(place, told)
        result[batch.count] = int(result.get(batch.count) or 0) + len(left_out.places)
    else:
        for of_one_list in batch.lists(left_out.params):
            entries += [{batch.id: entry[batch.id], **told, **dict(batch.also)} for entry in of_one_list]
    result[batch.member] = entries


def add_failed_to(
    rendered: AWSResponse, how: Wire, request: AWSPreparedRequest, left_out: LeftOut, request_id: str
) -> AWSResponse:
    """The same for a response that is rendered already. The SDK checks DynamoDB's checksum."""
    if how.protocol != "json":
        result = protocols.result_of(how, rendered.status_code, rendered.headers, rendered.content)
        result.pop("ResponseMetadata", None)
        add_failed(result, left_out)
        return protocols.render(how, request, result, request_id)
    result = json.loads(rendered.content)
    add_failed(result, left_out)
    body = json.dumps(result).encode()
    headers = {**rendered.headers, "x-amz-crc32": str(crc32(body)), "content-length": str(len(body))}
    return protocols.response(request, rendered.status_code, headers, body)


def _keep(batch: Batch, params: Params, wanted: Callable[[int], bool]) -> None:
    """Keep the entries at these places, counted over all lists; a table without any is left out."""
    place = 0
    for entries in batch.lists(params):
        kept = [entry for at, entry in enumerate(entries, place) if wanted(at)]
        place += len(entries)
        entries[:] = kept
    container = params[batch.entries.partition(".")[0]]
    if batch.answer is FailedEntries.RETURNED:
        for name in [name for name, held in container.items() if not _held(batch, held)]:
            del container[name]


def _held(batch: Batch, table: Any) -> Any:
    """The entries of one table."""
    member = batch.entries.rpartition(".")[2]
    return table if member == "*" else table[member]
