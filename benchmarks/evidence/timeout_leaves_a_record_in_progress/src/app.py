"""Pays an order once: repeated events are recognized by powertools' records."""

import os

import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
)

records = DynamoDBPersistenceLayer(table_name=os.environ["RECORDS"])
payments = boto3.resource("dynamodb").Table(os.environ["PAYMENTS"])


@idempotent(persistence_store=records, config=IdempotencyConfig(event_key_jmespath="order"))
def handler(event, context):
    payments.put_item(Item={"order": event["order"], "total": event["total"]})
    return {"paid": event["order"]}
