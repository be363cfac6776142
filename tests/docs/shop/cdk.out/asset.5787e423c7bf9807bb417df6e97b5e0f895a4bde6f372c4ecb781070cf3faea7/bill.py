import json
import os

import boto3

ledger = boto3.resource("dynamodb").Table(os.environ["LEDGER"])


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        ledger.put_item(Item=order)
