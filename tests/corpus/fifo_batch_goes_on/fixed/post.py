"""Posts until the first that fails, and leaves those behind it alone."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
postings = boto3.resource("dynamodb").Table(os.environ["POSTINGS_TABLE"])


def handler(event, context):
    failures, stopped = [], set()
    for record in event["Records"]:
        account = record["attributes"]["MessageGroupId"]
        try:
            if account not in stopped:
                post(json.loads(record["body"]))
                continue
        except Exception:
            logger.exception("%s stops at %s", account, record["messageId"])
            stopped.add(account)
        failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def post(posting):
    postings.put_item(Item={"posting": posting["posting"], "amount": posting["amount"]})
