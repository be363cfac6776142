"""Bills every order of a batch, and reports those that failed."""

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
            bill(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def bill(order):
    ledger.put_item(Item={"order": order["order"], "total": order["total"]})
