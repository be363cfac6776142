"""Amazon DynamoDB Streams: the changes of a table, in shards.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from __future__ import annotations

from . import dynamodb
from .facts import Does, Errors, Operation, Service, Signing

SERVICE = Service(
    name="dynamodbstreams",
    operations={"GetRecords": Operation(Does.TAKES)},
    roles=dynamodb.SERVICE.roles,
    ordered=dynamodb.SERVICE.ordered,
    parts=dynamodb.SERVICE.parts,
    keeps_failures=False,
    errors=Errors(failing=dynamodb.SERVICE.errors.failing),
    about=("StreamArn", "TableName"),
    form=dynamodb.SERVICE.form,
    counts=dynamodb.SERVICE.counts,
    arn_name="dynamodb",
    signing=Signing(name="dynamodb", target="DynamoDBStreams_20120810"),
)
