"""Prints each receipt once, by its number."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
printed = boto3.resource("dynamodb").Table(os.environ["PRINTED_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            put(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def put(receipt):
    printed.put_item(Item={"receipt": receipt["receipt"], "payment": receipt["payment"]})
