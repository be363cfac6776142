"""Writes the order, then tells everybody."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
orders = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])
sns = boto3.client("sns")


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            place(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def place(order):
    orders.put_item(Item={"order": order["order"], "total": order["total"]})
    try:
        sns.publish(TopicArn=os.environ["PLACED_TOPIC_ARN"], Message=json.dumps({"order": order["order"]}))
    except Exception:
        logger.exception("%s is placed, but nobody was told", order["order"])
