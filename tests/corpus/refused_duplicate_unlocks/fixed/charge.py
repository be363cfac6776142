"""Charges each order once: who can't claim it leaves it alone; who fails gives its own claim back."""

import json
import logging
import os
import time

import boto3
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
claims = dynamodb.Table(os.environ["CLAIMS_TABLE"])
LEASE_SECONDS = 30


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            charge(json.loads(record["body"]), context.aws_request_id)
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def charge(order, me):
    if not is_mine(order["order"], me):
        return
    try:
        pay(order, me)
    except Exception:
        claims.delete_item(
            Key={"order": order["order"]}, ConditionExpression=Attr("by").eq(me) & Attr("until").exists()
        )
        raise


def is_mine(order, me):
    """Claim an order. False: it has been charged."""
    now = int(time.time())
    try:
        claims.put_item(
            Item={"order": order, "by": me, "until": now + LEASE_SECONDS},
            ConditionExpression=Attr("order").not_exists() | Attr("until").lt(now),
        )
    except ClientError as problem:
        if problem.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        found = claims.get_item(Key={"order": order}, ConsistentRead=True).get("Item")
        if found and "until" not in found:
            return False
        raise RuntimeError(f"{order} is being charged by somebody else") from None
    return True


def pay(order, me):
    """Note the charge, and that the order needs no other, if the claim still holds."""
    charged = {
        "TableName": os.environ["CHARGES_TABLE"],
        "Item": {"charge": me, "order": order["order"], "total": order["total"]},
    }
    done = {
        "TableName": os.environ["CLAIMS_TABLE"],
        "Item": {"order": order["order"], "by": me},
        "ConditionExpression": "#by = :me",
        "ExpressionAttributeNames": {"#by": "by"},
        "ExpressionAttributeValues": {":me": me},
    }
    dynamodb.meta.client.transact_write_items(TransactItems=[{"Put": charged}, {"Put": done}])
