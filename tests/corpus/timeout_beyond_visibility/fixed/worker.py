"""Adds items to carts. One cart is one message group, so nobody else writes to it meanwhile."""

import json
import os

import boto3

sqs = boto3.client("sqs")
carts = boto3.resource("dynamodb").Table(os.environ["CARTS_TABLE"])
QUEUE_URL = os.environ["QUEUE_URL"]


def handler(event, context):
    while messages := sqs.receive_message(QueueUrl=QUEUE_URL, WaitTimeSeconds=20).get("Messages"):
        for message in messages:
            add(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=QUEUE_URL, ReceiptHandle=message["ReceiptHandle"])


def add(request):
    found = carts.get_item(Key={"cart": request["cart"]}, ConsistentRead=True).get("Item", {})
    items = found.get("items", [])
    if not any(item["item"] == request["item"] for item in items):
        carts.put_item(Item={"cart": request["cart"], "items": [*items, {"item": request["item"]}]})
