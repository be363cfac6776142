"""Sends what has failed back to its queue, once; what fails again is parked."""

import logging
import os

import boto3

logger = logging.getLogger()
sqs = boto3.client("sqs")


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            send_back(record)
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def send_back(record):
    if "sentBack" in record["messageAttributes"]:
        raise RuntimeError("it has been sent back before")
    sqs.send_message(
        QueueUrl=os.environ["QUEUE_URL"],
        MessageBody=record["body"],
        MessageAttributes={"sentBack": {"DataType": "Number", "StringValue": "1"}},
    )
