"""Writes manifests."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
manifests = boto3.resource("dynamodb").Table(os.environ["MANIFESTS_TABLE"])


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
    manifests.put_item(Item={"manifest": order["manifest"], "van": order["van"]})
