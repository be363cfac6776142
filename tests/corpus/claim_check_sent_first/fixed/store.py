"""Stores a document, and then sends word of it."""

import json
import os

import boto3

s3 = boto3.client("s3")
sqs = boto3.client("sqs")


def handler(event, context):
    s3.put_object(Bucket=os.environ["DOCUMENTS_BUCKET"], Key=event["document"], Body=event["text"].encode())
    sqs.send_message(
        QueueUrl=os.environ["INDEX_QUEUE_URL"], MessageBody=json.dumps({"document": event["document"]})
    )
