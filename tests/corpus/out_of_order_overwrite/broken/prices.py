"""Writes the price that came last."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
price_list = boto3.resource("dynamodb").Table(os.environ["PRICE_LIST_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            change(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def change(change):
    price_list.put_item(
        Item={"product": change["product"], "price": change["price"], "version": change["version"]}
    )
