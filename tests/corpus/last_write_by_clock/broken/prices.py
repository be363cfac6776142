"""Writes a price unless a later one is there."""

import json
import logging
import os
from datetime import UTC, datetime

import boto3
from boto3.dynamodb.conditions import Attr

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
price_list = dynamodb.Table(os.environ["PRICE_LIST_TABLE"])


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
    now = datetime.now(UTC).isoformat()
    try:
        price_list.put_item(
            Item={"product": change["product"], "price": change["price"], "changed_at": now},
            ConditionExpression=Attr("product").not_exists() | Attr("changed_at").lte(now),
        )
    except dynamodb.meta.client.exceptions.ConditionalCheckFailedException:
        logger.info("%s has a newer price", change["product"])
