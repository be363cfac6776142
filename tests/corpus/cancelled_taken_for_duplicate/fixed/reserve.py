"""Reserves the goods of each order, once."""

import json
import os

import boto3

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            reserve(json.loads(record["body"]))
        except Exception as problem:
            print(f"{record['messageId']} is not reserved: {problem!r}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def reserve(order):
    count = {"N": str(order["count"])}
    once = {
        "TableName": os.environ["RESERVATIONS_TABLE"],
        "Item": {"order": {"S": order["order"]}, "count": count},
        "ConditionExpression": "attribute_not_exists(#order)",
        "ExpressionAttributeNames": {"#order": "order"},
    }
    take = {
        "TableName": os.environ["STOCK_TABLE"],
        "Key": {"goods": {"S": order["goods"]}},
        "UpdateExpression": "SET #left = #left - :count",
        "ExpressionAttributeNames": {"#left": "left"},
        "ExpressionAttributeValues": {":count": count},
    }
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": once}, {"Update": take}])
    except dynamodb.exceptions.TransactionCanceledException as cancelled:
        if cancelled.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise
        print(f"{order['order']} has been reserved before")
