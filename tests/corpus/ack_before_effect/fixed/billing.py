"""Writes the row; that the invocation succeeded is what takes the order off the queue."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
ledger = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            bill(record)
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def bill(record):
    order = json.loads(record["body"])
    ledger.put_item(Item={"order": order["order"], "total": order["total"]})
