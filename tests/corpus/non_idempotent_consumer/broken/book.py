"""Adds each deposit to its account."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
accounts = dynamodb.Table(os.environ["ACCOUNTS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            book(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def book(deposit):
    accounts.update_item(
        Key={"account": deposit["account"]},
        UpdateExpression=(
            "ADD balance :amount SET deposits = list_append(if_not_exists(deposits, :none), :new)"
        ),
        ExpressionAttributeValues={
            ":amount": deposit["amount"],
            ":none": [],
            ":new": [{"deposit": deposit["deposit"]}],
        },
    )
