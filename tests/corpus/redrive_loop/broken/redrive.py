"""Sends what has failed back to its queue."""

import logging
import os

import boto3

logger = logging.getLogger()
sqs = boto3.client("sqs")


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=record["body"])
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
