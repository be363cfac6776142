"""Notes an order and pays it once: repeated payments are recognized by powertools' records."""

import os
import time

import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

config = IdempotencyConfig(event_key_jmespath="order")
records = DynamoDBPersistenceLayer(table_name=os.environ["RECORDS"])
dynamodb = boto3.resource("dynamodb")
orders = dynamodb.Table(os.environ["ORDERS"])
payments = dynamodb.Table(os.environ["PAYMENTS"])


@idempotent_function(data_keyword_argument="order", persistence_store=records, config=config)
def pay(order):
    time.sleep(1)  # so long the bank takes
    payments.put_item(Item=order)
    return {"paid": order["order"]}


def handler(event, context):
    config.register_lambda_context(context)
    orders.put_item(Item=event)
    return pay(order=event)
