"""Writes a price unless a newer version is there."""

import json
import logging
import os

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
    try:
        price_list.put_item(
            Item={"product": change["product"], "price": change["price"], "version": change["version"]},
            ConditionExpression=Attr("product").not_exists() | Attr("version").lt(change["version"]),
        )
    except dynamodb.meta.client.exceptions.ConditionalCheckFailedException:
        logger.info("%s has a newer price", change["product"])
