"""Writes one invoice for each order."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
invoices = boto3.resource("dynamodb").Table(os.environ["INVOICES_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            write(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def write(order):
    invoices.put_item(
        Item={"invoice": f"invoice-{order['order']}", "order": order["order"], "total": order["total"]}
    )
