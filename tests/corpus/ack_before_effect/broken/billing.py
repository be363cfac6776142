"""Takes each order off the queue first, so that nobody else bills it."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
sqs = boto3.client("sqs")
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
    sqs.delete_message(QueueUrl=os.environ["QUEUE_URL"], ReceiptHandle=record["receiptHandle"])
    order = json.loads(record["body"])
    ledger.put_item(Item={"order": order["order"], "total": order["total"]})
