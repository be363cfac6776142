"""Draws and stores invoices; once one is drawn, its message is hidden for as long as a run can take."""

import json
import logging
import os
import uuid

import boto3
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

logger = logging.getLogger()
sqs = boto3.client("sqs")
dynamodb = boto3.resource("dynamodb")
drafts = dynamodb.Table(os.environ["DRAFTS_TABLE"])
invoices = dynamodb.Table(os.environ["INVOICES_TABLE"])
QUEUE_URL = os.environ["QUEUE_URL"]
LONGER_THAN_A_RUN_SECONDS = 600


def handler(event, context):
    while messages := sqs.receive_message(QueueUrl=QUEUE_URL, WaitTimeSeconds=20).get("Messages"):
        for message in messages:
            order = json.loads(message["Body"])
            if not is_invoiced(order):
                draw(order)
                keep(message["ReceiptHandle"])
                store(order)
            sqs.delete_message(QueueUrl=QUEUE_URL, ReceiptHandle=message["ReceiptHandle"])


def keep(receipt):
    try:
        sqs.change_message_visibility(
            QueueUrl=QUEUE_URL, ReceiptHandle=receipt, VisibilityTimeout=LONGER_THAN_A_RUN_SECONDS
        )
    except ClientError:
        logger.warning("could not hide the message for longer")


def is_invoiced(order):
    return invoices.scan(FilterExpression=Attr("order").eq(order["order"]), ConsistentRead=True)["Items"]


def draw(order):
    drafts.put_item(Item={"order": order["order"], "total": order["total"]})


def store(order):
    invoices.put_item(Item={"invoice": uuid.uuid4().hex, "order": order["order"], "total": order["total"]})
