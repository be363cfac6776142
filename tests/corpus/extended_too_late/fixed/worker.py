"""Draws and stores invoices; each message is hidden for longer than a run can take."""

import json
import os
import uuid

import boto3
from boto3.dynamodb.conditions import Attr

sqs = boto3.client("sqs")
dynamodb = boto3.resource("dynamodb")
drafts = dynamodb.Table(os.environ["DRAFTS_TABLE"])
invoices = dynamodb.Table(os.environ["INVOICES_TABLE"])
QUEUE_URL = os.environ["QUEUE_URL"]
LONGER_THAN_A_RUN_SECONDS = 600


def handler(event, context):
    asked = {"QueueUrl": QUEUE_URL, "WaitTimeSeconds": 20, "VisibilityTimeout": LONGER_THAN_A_RUN_SECONDS}
    while messages := sqs.receive_message(**asked).get("Messages"):
        for message in messages:
            order = json.loads(message["Body"])
            if not is_invoiced(order):
                draw(order)
                store(order)
            sqs.delete_message(QueueUrl=QUEUE_URL, ReceiptHandle=message["ReceiptHandle"])


def is_invoiced(order):
    return invoices.scan(FilterExpression=Attr("order").eq(order["order"]), ConsistentRead=True)["Items"]


def draw(order):
    drafts.put_item(Item={"order": order["order"], "total": order["total"]})


def store(order):
    invoices.put_item(Item={"invoice": uuid.uuid4().hex, "order": order["order"], "total": order["total"]})
