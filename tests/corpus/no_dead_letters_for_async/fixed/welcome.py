"""Welcomes new customers."""

import json
import os

import boto3

welcomed = boto3.resource("dynamodb").Table(os.environ["WELCOMED_TABLE"])


def handler(event, context):
    for record in event["Records"]:
        customer = json.loads(record["Sns"]["Message"])
        welcomed.put_item(Item={"customer": customer["customer"], "name": customer["name"]})
