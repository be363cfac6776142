"""Has thumbnails made; while Resize is too busy, the queue keeps the image."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
functions = boto3.client("lambda")


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            resize(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def resize(image):
    answer = functions.invoke(FunctionName=os.environ["RESIZE_FUNCTION"], Payload=json.dumps(image))
    if "FunctionError" in answer:
        raise RuntimeError(answer["Payload"].read().decode())
