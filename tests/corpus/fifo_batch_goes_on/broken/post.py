"""Posts what it can, and reports what failed."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
postings = boto3.resource("dynamodb").Table(os.environ["POSTINGS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            post(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def post(posting):
    postings.put_item(Item={"posting": posting["posting"], "amount": posting["amount"]})
