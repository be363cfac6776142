"""Sells a seat if nobody has it."""

import json
import logging
import os

import boto3

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
    found = current.get_item(Key={"seat": seat}, ConsistentRead=True).get("Item")
    if found is None:
        current.put_item(Item={"seat": seat, "request": request})
        return True
    return found["request"] == request
