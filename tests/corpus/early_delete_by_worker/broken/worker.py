"""Empties the queue, then makes the reports."""

import json
import os

import boto3

sqs = boto3.client("sqs")
reports = boto3.resource("dynamodb").Table(os.environ["REPORTS_TABLE"])
QUEUE_URL = os.environ["QUEUE_URL"]


def handler(event, context):
    while messages := sqs.receive_message(QueueUrl=QUEUE_URL, MaxNumberOfMessages=10).get("Messages"):
        sqs.delete_message_batch(
            QueueUrl=QUEUE_URL,
            Entries=[{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages],
        )
        for message in messages:
            make(json.loads(message["Body"]))


def make(job):
    reports.put_item(Item={"report": job["report"], "pages": len(job["report"])})
