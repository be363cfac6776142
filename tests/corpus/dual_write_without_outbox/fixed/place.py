"""Writes the order and what is to be told of it in one transaction; tells everybody until it has worked."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
dynamodb = boto3.client("dynamodb")
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
    row = {"order": {"S": order["order"]}}
    ordered = {**row, "total": {"N": str(order["total"])}}
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": os.environ["ORDERS_TABLE"], "Item": ordered}},
            {"Put": {"TableName": os.environ["OUTBOX_TABLE"], "Item": row}},
        ]
    )
    empty_outbox()


def empty_outbox():
    """What stays here is published again by the next run, or by the retry of this one."""
    for row in dynamodb.scan(TableName=os.environ["OUTBOX_TABLE"], ConsistentRead=True)["Items"]:
        told = json.dumps({"order": row["order"]["S"]})
        sns.publish(TopicArn=os.environ["PLACED_TOPIC_ARN"], Message=told)
        dynamodb.delete_item(TableName=os.environ["OUTBOX_TABLE"], Key={"order": row["order"]})
