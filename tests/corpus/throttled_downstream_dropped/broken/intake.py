"""Has thumbnails made, as long as Resize isn't too busy."""

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
    try:
        answer = functions.invoke(FunctionName=os.environ["RESIZE_FUNCTION"], Payload=json.dumps(image))
    except functions.exceptions.TooManyRequestsException:
        logger.warning("too busy for %s", image["image"])
        return
    if "FunctionError" in answer:
        raise RuntimeError(answer["Payload"].read().decode())
