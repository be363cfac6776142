"""Enters each image of a batch, and reports those that failed by their message ids."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
images = boto3.resource("dynamodb").Table(os.environ["IMAGES_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        name = "unreadable"
        try:
            upload = json.loads(record["body"])
            name = upload["image"]
            enter(upload)
        except Exception:
            logger.exception("%s will be tried again", name)
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def enter(upload):
    images.put_item(Item={"image": upload["image"], "bytes": upload["bytes"]})
