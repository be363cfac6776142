"""Mails codes, as long as they can be used."""

import json
import logging
import os
import time
from datetime import datetime

import boto3

logger = logging.getLogger()
mails = boto3.resource("dynamodb").Table(os.environ["MAILS_TABLE"])
VALID_SECONDS = 45


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            mail(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def mail(envelope):
    code = json.loads(envelope["Message"])
    if time.time() > datetime.fromisoformat(envelope["Timestamp"]).timestamp() + VALID_SECONDS:
        raise ValueError(f"{code['code']} can't be used any more")
    mails.put_item(Item={"code": code["code"], "to": code["to"]})
