"""The API of the streams of DynamoDB's tables that moto holds in LocalStack's process.

Chosen by `PROVIDER_OVERRIDE_DYNAMODBSTREAMS=harness`.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.services.plugins import Service, aws_provider

from ...aws.rules.table_streams import as_sdk_shows, described
from . import clock, table_streams
from .functions import account_of

ITERATOR_SECONDS = 900.0
_RECORDS_MAX = 1000
_FROM_NUMBER = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")

Request = Mapping[str, Any]


@aws_provider(api="dynamodbstreams", name="harness")
def dynamodbstreams() -> Service:
    """A provider of the operations below."""
    from localstack.aws.api.dynamodbstreams import DynamodbstreamsApi

    return Service.for_provider(DynamodbstreamsApi(), dispatch_table_factory=lambda provider: _operations())


def _operations() -> Any:
    table = {
        "DescribeStream": _describe,
        "GetRecords": _get_records,
        "GetShardIterator": _get_iterator,
        "ListStreams": _list,
    }
    return {name: partial(_answered, operation) for name, operation in table.items()}


def _answered(
    operation: Callable[[Request, RequestContext], dict[str, Any]], context: RequestContext, request: Request
) -> dict[str, Any]:
    with table_streams.lock:
        try:
            return operation(request, context)
        except LookupError as problem:
            told = f"Requested resource not found: {problem.args[0]}"
            raise _error("ResourceNotFoundException", told) from None


def _error(code: str, message: str) -> CommonServiceException:
    return CommonServiceException(code, message, sender_fault=True)


def _list(request: Request, caller: RequestContext) -> dict[str, Any]:
    found = table_streams.of_region(caller.account_id, caller.region)
    return {
        "Streams": [
            {"StreamArn": stream.arn, "TableName": stream.table, "StreamLabel": stream.label}
            for stream in found
            if request.get("TableName") in (None, stream.table)
        ]
    }


def _describe(request: Request, caller: RequestContext) -> dict[str, Any]:
    stream = table_streams.known(str(request["StreamArn"]))
    shards = stream.seen(clock.now(caller.account_id))
    after = request.get("ExclusiveStartShardId")
    ids = [shard.id for shard in shards]
    return {"StreamDescription": described(stream, shards[ids.index(after) + 1 if after in ids else 0 :])}


def _get_iterator(request: Request, caller: RequestContext) -> dict[str, Any]:
    arn, id_, kind = (str(request[name]) for name in ("StreamArn", "ShardId", "ShardIteratorType"))
    position = table_streams.start(arn, id_, kind)
    if kind in _FROM_NUMBER:
        number = int(request["SequenceNumber"]) + (kind == "AFTER_SEQUENCE_NUMBER")
        records = table_streams.read(arn, id_, 0, table_streams.end(arn, id_))
        position = next((each.position for each in records if int(each.sequence_number) >= number), position)
    return {"ShardIterator": _iterator(arn, id_, position)}


def _get_records(request: Request, caller: RequestContext) -> dict[str, Any]:
    arn, id_, position, made_at = _read(str(request["ShardIterator"]))
    if clock.now(caller.account_id) - made_at > ITERATOR_SECONDS:
        told = "The shard iterator has expired and can no longer be used to retrieve stream records."
        raise _error("ExpiredIteratorException", told)
    if table_streams.trimmed(arn, id_, position):
        told = "The operation attempted to read past the oldest stream record in a shard."
        raise _error("TrimmedDataAccessException", told)
    records = table_streams.read(arn, id_, position, request.get("Limit") or _RECORDS_MAX)
    position = records[-1].position + 1 if records else position
    answer: dict[str, Any] = {"Records": [as_sdk_shows(record.shown) for record in records]}
    closed = {shard.id for shard in table_streams.shards(arn) if shard.closed}
    if id_ not in closed or position < table_streams.end(arn, id_):
        answer["NextShardIterator"] = _iterator(arn, id_, position)
    return answer


def _iterator(arn: str, shard: str, position: int) -> str:
    said = f"{shard} {position} {clock.now(account_of(arn))}"
    return f"{arn}|1|{b64encode(said.encode()).decode()}"


def _read(iterator: str) -> tuple[str, str, int, float]:
    """The stream, shard and position of an iterator, and when it was given out."""
    arn, _, rest = iterator.partition("|1|")
    try:
        shard, position, made_at = b64decode(rest, validate=True).decode().split(" ")
        return arn, shard, int(position), float(made_at)
    except ValueError:
        raise _error("ValidationException", "Invalid ShardIterator") from None
