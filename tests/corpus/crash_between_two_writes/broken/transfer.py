"""Moves money from one account to another, each transfer once."""

import json
import logging
import os

import boto3
from boto3.dynamodb.conditions import Attr

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
transfers = dynamodb.Table(os.environ["TRANSFERS_TABLE"])
accounts = dynamodb.Table(os.environ["ACCOUNTS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            move(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def move(transfer):
    try:
        transfers.put_item(
            Item={"transfer": transfer["transfer"], "amount": transfer["amount"]},
            ConditionExpression=Attr("transfer").not_exists(),
        )
    except dynamodb.meta.client.exceptions.ConditionalCheckFailedException:
        return
    add(transfer["from"], -transfer["amount"])
    add(transfer["to"], transfer["amount"])


def add(account, amount):
    accounts.update_item(
        Key={"account": account},
        UpdateExpression="ADD balance :amount",
        ExpressionAttributeValues={":amount": amount},
    )
