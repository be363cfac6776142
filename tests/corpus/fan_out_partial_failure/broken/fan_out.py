"""Tells all who want to know of an order."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
sqs = boto3.client("sqs")
QUEUES = [os.environ[f"{name}_QUEUE_URL"] for name in ("PACKING", "BILLING", "MAIL")]


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            fan_out(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def fan_out(order):
    sent = [send(queue, order) for queue in QUEUES]
    if not any(sent):
        raise RuntimeError("nobody was told")


def send(queue, order):
    try:
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"order": order["order"]}))
    except Exception:
        logger.exception("%s was not told", queue)
        return False
    return True
