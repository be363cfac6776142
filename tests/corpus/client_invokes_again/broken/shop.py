"""Has each order paid, and doesn't wait for more than three seconds until it asks again."""

import json
import logging
import os

import boto3
from botocore.config import Config

logger = logging.getLogger()
functions = boto3.client("lambda", config=Config(read_timeout=3))


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            pay(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def pay(order):
    answer = functions.invoke(FunctionName=os.environ["PAY_FUNCTION"], Payload=json.dumps(order))
    if "FunctionError" in answer:
        raise RuntimeError(answer["Payload"].read().decode())
