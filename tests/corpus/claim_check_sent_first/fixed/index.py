"""Counts the words of each document."""

import json
import logging
import os
import time

import boto3

logger = logging.getLogger()
s3 = boto3.client("s3")
words = boto3.resource("dynamodb").Table(os.environ["WORDS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            index(json.loads(record["body"])["document"])
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def index(document):
    time.sleep(0.5)  # the document may still be on its way
    try:
        found = s3.get_object(Bucket=os.environ["DOCUMENTS_BUCKET"], Key=document)
    except s3.exceptions.NoSuchKey:
        logger.info("%s was withdrawn", document)
        return
    words.put_item(Item={"document": document, "words": len(found["Body"].read().split())})
