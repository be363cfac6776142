"""Tables with streams, for the conformance tests of streams and of what reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.conformance.lambda_helpers import create_queue

CAPACITY = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
TELLS_KEYS = """
def handler(event, context):
    tell([record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]])
"""


def create_table(
    cloud: Any, name: str = "items", view: str = "NEW_AND_OLD_IMAGES", *, on_demand: bool = False
) -> tuple[str, str]:
    """Create a table with a stream, of one shard if it isn't on demand: its name, and the stream's ARN."""
    made = cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
        **({"BillingMode": "PAY_PER_REQUEST"} if on_demand else {"ProvisionedThroughput": CAPACITY}),
    )
    return name, str(made["TableDescription"]["LatestStreamArn"])


def put(cloud: Any, *ids: str, table: str = "items", **attributes: Any) -> None:
    """Write items, one by one."""
    for each in ids:
        cloud.client("dynamodb").put_item(TableName=table, Item={"id": {"S": each}, **attributes})


def shards(cloud: Any, stream: str) -> list[dict[str, Any]]:
    """The stream's shards."""
    described = cloud.client("dynamodbstreams").describe_stream(StreamArn=stream)
    found: list[dict[str, Any]] = described["StreamDescription"]["Shards"]
    return found


def iterator(cloud: Any, stream: str, shard: str, kind: str = "TRIM_HORIZON", **more: Any) -> str:
    """A new iterator."""
    answer = cloud.client("dynamodbstreams").get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType=kind, **more
    )
    return str(answer["ShardIterator"])


def records(cloud: Any, stream: str) -> list[dict[str, Any]]:
    """All records that can be read, shard by shard."""
    return [record for shard in shards(cloud, stream) for record in _read(cloud, stream, shard["ShardId"])]


def _read(cloud: Any, stream: str, shard: str) -> Iterator[dict[str, Any]]:
    at: str | None = iterator(cloud, stream, shard)
    while at is not None:
        answer = cloud.client("dynamodbstreams").get_records(ShardIterator=at)
        yield from answer["Records"]
        at = answer.get("NextShardIterator") if answer["Records"] else None


def map_stream(cloud: Any, stream: str, *, function: str = "work", **settings: Any) -> str:
    """Map a stream to a function, from its beginning on; gives the mapping's id."""
    given = {"StartingPosition": "TRIM_HORIZON", **settings}
    made = cloud.client("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=stream, **given
    )
    return str(made["UUID"])


def failures(cloud: Any, name: str = "failures") -> tuple[str, dict[str, Any]]:
    """URL of a new queue, and the setting that makes it the failure destination of a mapping."""
    url, arn = create_queue(cloud, name)
    return url, {"DestinationConfig": {"OnFailure": {"Destination": arn}}}
