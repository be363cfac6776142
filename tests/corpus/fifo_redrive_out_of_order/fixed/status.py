"""Sets the status of an order unless it is further already."""

import json
import logging
import os

import boto3
from boto3.dynamodb.conditions import Attr

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
orders = dynamodb.Table(os.environ["ORDERS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            update(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def update(change):
    try:
        orders.put_item(
            Item={"order": change["order"], "status": change["status"], "version": change["version"]},
            ConditionExpression=Attr("order").not_exists() | Attr("version").lt(change["version"]),
        )
    except dynamodb.meta.client.exceptions.ConditionalCheckFailedException:
        logger.info("%s is further than %s", change["order"], change["status"])
