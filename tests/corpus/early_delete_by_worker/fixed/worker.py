"""Makes each report, and only then deletes the message that asked for it."""

import json
import os

import boto3

sqs = boto3.client("sqs")
reports = boto3.resource("dynamodb").Table(os.environ["REPORTS_TABLE"])
QUEUE_URL = os.environ["QUEUE_URL"]


def handler(event, context):
    while messages := sqs.receive_message(QueueUrl=QUEUE_URL, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            make(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=QUEUE_URL, ReceiptHandle=message["ReceiptHandle"])


def make(job):
    reports.put_item(Item={"report": job["report"], "pages": len(job["report"])})
