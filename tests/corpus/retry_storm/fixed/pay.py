"""Notes each payment; what fails twice is for the queue to try again, later."""

import json
import logging
import os

import boto3
from botocore.config import Config

logger = logging.getLogger()
patience = Config(retries={"max_attempts": 2, "mode": "standard"})
payments = boto3.resource("dynamodb", config=patience).Table(os.environ["PAYMENTS_TABLE"])


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
