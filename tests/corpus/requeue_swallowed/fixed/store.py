"""Stores readings; while the table is in trouble, the queue keeps them."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
readings = boto3.resource("dynamodb").Table(os.environ["READINGS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            store(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def store(reading):
    readings.put_item(Item={"reading": reading["reading"], "kwh": reading["kwh"]})
