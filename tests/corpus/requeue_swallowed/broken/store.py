"""Stores readings; while the table is in trouble, it sends them to its queue once more, for later."""

import json
import logging
import os

import boto3
from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger()
sqs = boto3.client("sqs")
readings = boto3.resource("dynamodb").Table(os.environ["READINGS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            store(record)
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def store(record):
    reading = json.loads(record["body"])
    try:
        readings.put_item(Item={"reading": reading["reading"], "kwh": reading["kwh"]})
    except (BotoCoreError, ClientError):
        logger.exception("%s is put back", reading["reading"])
        sqs.send_message(
            QueueUrl=os.environ["QUEUE_URL"],
            MessageBody=record["body"],
            MessageGroupId=record["attributes"]["MessageGroupId"],
        )
