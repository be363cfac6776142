"""Moves the money of each transfer, once."""

import json
import os

import boto3

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            pay(json.loads(record["body"]))
        except Exception as problem:
            print(f"{record['messageId']} is not paid: {problem!r}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def pay(transfer):
    done = {
        "TableName": os.environ["TRANSFERS_TABLE"],
        "Item": {"transfer": {"S": transfer["transfer"]}},
    }
    changes = [change("hers", -transfer["amount"]), change("his", transfer["amount"])]
    dynamodb.transact_write_items(
        TransactItems=[{"Put": done}, *changes], ClientRequestToken=transfer["transfer"]
    )


def change(account, amount):
    return {
        "Update": {
            "TableName": os.environ["ACCOUNTS_TABLE"],
            "Key": {"account": {"S": account}},
            "UpdateExpression": "ADD balance :amount",
            "ExpressionAttributeValues": {":amount": {"N": str(amount)}},
        }
    }
