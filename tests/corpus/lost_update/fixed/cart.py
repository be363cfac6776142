"""Reads the cart, adds the item, writes the cart if it is still the one that was read."""

import json
import logging
import os

import boto3
from boto3.dynamodb.conditions import Attr

logger = logging.getLogger()
carts = boto3.resource("dynamodb").Table(os.environ["CARTS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            add(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def add(request):
    found = carts.get_item(Key={"cart": request["cart"]}, ConsistentRead=True).get("Item", {})
    items = found.get("items", [])
    if any(item["item"] == request["item"] for item in items):
        return
    version = found.get("version", 0)
    carts.put_item(
        Item={"cart": request["cart"], "items": [*items, {"item": request["item"]}], "version": version + 1},
        ConditionExpression=Attr("version").eq(version) if found else Attr("cart").not_exists(),
    )
