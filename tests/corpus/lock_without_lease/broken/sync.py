"""Makes each change under a lock; who finds it locked tries again later."""

import json
import logging
import os

import boto3
from boto3.dynamodb.conditions import Attr

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
locks = dynamodb.Table(os.environ["LOCKS_TABLE"])
stock = dynamodb.Table(os.environ["STOCK_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            sync(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def sync(change):
    locks.put_item(
        Item={"lock": "warehouse", "sku": change["sku"]},
        ConditionExpression=Attr("lock").not_exists(),
    )
    stock.put_item(Item={"sku": change["sku"], "count": change["count"]})
    locks.delete_item(Key={"lock": "warehouse"}, ConditionExpression=Attr("sku").eq(change["sku"]))
