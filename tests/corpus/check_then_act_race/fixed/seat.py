"""Sells a seat on condition that nobody has it."""

import json
import logging
import os

import boto3
from boto3.dynamodb.conditions import Attr

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
current = dynamodb.Table(os.environ["SEATS_TABLE"])
answers = dynamodb.Table(os.environ["ANSWERS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            decide(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def decide(request):
    sold = take(request["seat"], request["request"])
    answers.put_item(
        Item={"request": request["request"], "seat": request["seat"], "answer": "sold" if sold else "taken"}
    )


def take(seat, request):
    try:
        current.put_item(
            Item={"seat": seat, "request": request},
            ConditionExpression=Attr("seat").not_exists() | Attr("request").eq(request),
        )
        return True
    except dynamodb.meta.client.exceptions.ConditionalCheckFailedException:
        return False
