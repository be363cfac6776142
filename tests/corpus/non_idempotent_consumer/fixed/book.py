"""Adds each deposit to its account, on condition that it isn't there yet."""

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
    try:
        accounts.update_item(
            Key={"account": deposit["account"]},
            UpdateExpression=(
                "ADD balance :amount SET deposits = list_append(if_not_exists(deposits, :none), :new)"
            ),
            ConditionExpression="NOT contains(deposits, :deposit)",
            ExpressionAttributeValues={
                ":amount": deposit["amount"],
                ":none": [],
                ":new": [{"deposit": deposit["deposit"]}],
                ":deposit": {"deposit": deposit["deposit"]},
            },
        )
    except dynamodb.meta.client.exceptions.ConditionalCheckFailedException:
        logger.info("%s was booked before", deposit["deposit"])
