"""Writes the postings of an account in the order in which they were sent."""

import json
import os

import boto3
from aws_lambda_powertools.utilities import batch

entries = boto3.resource("dynamodb").Table(os.environ["ENTRIES"])


def processor():
    """The one for FIFO queues, where this release has one."""
    if hasattr(batch, "SqsFifoPartialProcessor"):
        return batch.SqsFifoPartialProcessor()
    return batch.BatchProcessor(event_type=batch.EventType.SQS)


def post(record):
    entry = json.loads(record["body"])
    entries.put_item(Item={"entry": entry["entry"], "amount": entry["amount"]})


def handler(event, context):
    processing = processor()
    with processing(records=event["Records"], handler=post):
        processing.process()
    return processing.response()
