"""Notes each payment, once: noting it again changes nothing."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
payments = boto3.resource("dynamodb").Table(os.environ["PAYMENTS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            pay(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def pay(payment):
    payments.put_item(Item={"payment": payment["payment"], "amount": payment["amount"]})
