"""DynamoDB: tables."""

from __future__ import annotations

from typing import Any

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties, tag_list

_TABLE = properties(
    "AttributeDefinitions BillingMode GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes "
    "ProvisionedThroughput StreamSpecification"
)


def create_table(making: Making) -> Created:
    arguments = making.given(_TABLE)
    arguments.setdefault("BillingMode", "PROVISIONED")
    return _created(making, arguments)


def create_global_table(making: Making) -> Created:
    """The replica in this cloud's region, on demand whatever its capacity was to be."""
    arguments = making.given(_TABLE - {"GlobalSecondaryIndexes"})
    indexes = [
        {name: value for name, value in index.items() if name in ("IndexName", "KeySchema", "Projection")}
        for index in making.get("GlobalSecondaryIndexes") or ()
    ]
    if indexes:
        arguments["GlobalSecondaryIndexes"] = indexes
    return _created(making, arguments | {"BillingMode": "PAY_PER_REQUEST"})


def _created(making: Making, arguments: dict[str, Any]) -> Created:
    making.need("KeySchema")
    name = making.name("TableName", limit=255)
    if "StreamSpecification" in arguments:
        arguments["StreamSpecification"] = {"StreamEnabled": True, **arguments["StreamSpecification"]}
    made = making.call("dynamodb", "create_table", TableName=name, **arguments)["TableDescription"]
    arn = made["TableArn"]
    if making.get("TimeToLiveSpecification"):
        specification = {"Enabled": True, **making.get("TimeToLiveSpecification")}
        making.call("dynamodb", "update_time_to_live", TableName=name, TimeToLiveSpecification=specification)
    if making.get("Tags"):
        making.call("dynamodb", "tag_resource", ResourceArn=arn, Tags=tag_list(making))
    making.named(name, arn)
    destination = making.get("KinesisStreamSpecification")
    if destination:
        _stream_to(making, name, destination)
    stream = {"StreamArn": made["LatestStreamArn"]} if made.get("LatestStreamArn") else {}
    return Created(name, {"Arn": arn, "TableId": made.get("TableId", name), **stream})


def _stream_to(making: Making, table: str, destination: dict[str, Any]) -> None:
    making.check_seen("streaming destinations of tables")
    precision = destination.get("ApproximateCreationDateTimePrecision")
    configuration = {"ApproximateCreationDateTimePrecision": precision} if precision else {}
    making.call(
        "dynamodb",
        "enable_kinesis_streaming_destination",
        TableName=table,
        StreamArn=destination["StreamArn"],
        **({"EnableKinesisStreamingConfiguration": configuration} if configuration else {}),
    )


TYPES = {
    "AWS::DynamoDB::Table": ResourceType(
        create_table,
        _TABLE | properties("KinesisStreamSpecification TableName Tags TimeToLiveSpecification"),
        properties(
            "ContributorInsightsSpecification DeletionProtectionEnabled "
            "OnDemandThroughput PointInTimeRecoverySpecification ResourcePolicy SSESpecification TableClass "
            "VectorIndexes WarmThroughput"
        ),
        unsupported={
            "ImportSourceSpecification": "nothing here imports rows; put them with app.table(…).put(…)",
        },
    ),
    "AWS::DynamoDB::GlobalTable": ResourceType(
        create_global_table,
        (_TABLE - {"ProvisionedThroughput"}) | properties("TableName TimeToLiveSpecification"),
        properties(
            "GlobalTableSourceArn GlobalTableWitnesses MultiRegionConsistency Replicas SSESpecification "
            "TableType VectorIndexes WarmThroughput "
            "ReadOnDemandThroughputSettings ReadProvisionedThroughputSettings "
            "WriteOnDemandThroughputSettings WriteProvisionedThroughputSettings"
        ),
    ),
}
