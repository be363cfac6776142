"""Passes orders on, each once: the queue leaves out what it has seen."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
sqs = boto3.client("sqs")


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            forward(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def forward(order):
    sqs.send_message(
        QueueUrl=os.environ["INVOICES_QUEUE_URL"],
        MessageBody=json.dumps({"order": order["order"], "total": order["total"]}),
        MessageGroupId=order["order"],
        MessageDeduplicationId=order["order"],
    )
