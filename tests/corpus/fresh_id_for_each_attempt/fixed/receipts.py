"""Publishes a receipt for each payment, under the number that follows from the payment."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
sns = boto3.client("sns")


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            publish(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def publish(payment):
    receipt = {"receipt": f"receipt-{payment['payment']}", "payment": payment["payment"]}
    sns.publish(TopicArn=os.environ["RECEIPTS_TOPIC_ARN"], Message=json.dumps(receipt))
