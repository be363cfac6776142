"""Sets the status of an order; the queue keeps the order."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
orders = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            update(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def update(change):
    orders.put_item(Item={"order": change["order"], "status": change["status"], "version": change["version"]})
