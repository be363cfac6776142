"""Keeps the newest address of every customer."""

import json
import logging
import os

import boto3
from boto3.dynamodb.conditions import Attr

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
customers = dynamodb.Table(os.environ["CUSTOMERS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            move(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def move(moved):
    try:
        customers.put_item(
            Item={"customer": moved["customer"], "address": moved["address"], "version": moved["version"]},
            ConditionExpression=Attr("customer").not_exists() | Attr("version").lt(moved["version"]),
        )
    except dynamodb.meta.client.exceptions.ConditionalCheckFailedException:
        logger.info("%s has a newer address", moved["customer"])
