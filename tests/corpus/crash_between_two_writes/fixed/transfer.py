"""Moves money from one account to another, each transfer once and as a whole."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
TRANSFERS, ACCOUNTS = os.environ["TRANSFERS_TABLE"], os.environ["ACCOUNTS_TABLE"]


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            move(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def move(transfer):
    noted = {
        "TableName": TRANSFERS,
        "Item": {"transfer": transfer["transfer"], "amount": transfer["amount"]},
        "ConditionExpression": "attribute_not_exists(transfer)",
    }
    taken, given = add(transfer["from"], -transfer["amount"]), add(transfer["to"], transfer["amount"])
    client = dynamodb.meta.client
    try:
        client.transact_write_items(TransactItems=[{"Put": noted}, {"Update": taken}, {"Update": given}])
    except client.exceptions.TransactionCanceledException as problem:
        if problem.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise
        logger.info("%s was made before", transfer["transfer"])


def add(account, amount):
    return {
        "TableName": ACCOUNTS,
        "Key": {"account": account},
        "UpdateExpression": "ADD balance :amount",
        "ExpressionAttributeValues": {":amount": amount},
    }
