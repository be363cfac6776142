"""Writes invoices to the address that is known."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
customers = dynamodb.Table(os.environ["CUSTOMERS_TABLE"])
invoices = dynamodb.Table(os.environ["INVOICES_TABLE"])


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
    customer = customers.get_item(Key={"customer": order["customer"]}, ConsistentRead=True)["Item"]
    invoices.put_item(Item={"order": order["order"], "address": customer["address"]})
