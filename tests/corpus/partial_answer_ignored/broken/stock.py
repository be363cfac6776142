"""Writes a batch in one call."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
STOCK = os.environ["STOCK_TABLE"]


def handler(event, context):
    items, failures = {}, []
    for record in event["Records"]:
        try:
            item = json.loads(record["body"])
            items[item["sku"]] = {"sku": item["sku"], "count": item["count"]}
        except Exception:
            logger.exception("%s can't be read", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    if items:
        write([{"PutRequest": {"Item": item}} for item in items.values()])
    return {"batchItemFailures": failures}


def write(requests):
    dynamodb.batch_write_item(RequestItems={STOCK: requests})
