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
        "ConditionExpression": "attribute_not_exists(transfer)",
    }
    changes = [change("hers", -transfer["amount"]), change("his", transfer["amount"])]
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": done}, *changes])
    except dynamodb.exceptions.TransactionCanceledException as cancelled:
        if cancelled.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise
        print(f"{transfer['transfer']} has been paid before")


def change(account, amount):
    return {
        "Update": {
            "TableName": os.environ["ACCOUNTS_TABLE"],
            "Key": {"account": {"S": account}},
            "UpdateExpression": "ADD balance :amount",
            "ExpressionAttributeValues": {":amount": {"N": str(amount)}},
        }
    }
