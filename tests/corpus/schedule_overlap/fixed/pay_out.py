"""Pays out what is on the accounts, on condition that it is still there."""

import logging
import os

import boto3

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
accounts = dynamodb.Table(os.environ["ACCOUNTS_TABLE"])


def handler(event, context):
    for account in accounts.scan(ConsistentRead=True)["Items"]:
        if account["balance"] > 0:
            pay_out(account["account"], account["balance"], context.aws_request_id)


def pay_out(account, amount, run):
    client = dynamodb.meta.client
    paid = {
        "TableName": os.environ["PAYOUTS_TABLE"],
        "Item": {"payout": f"{account}/{run}", "account": account, "amount": amount},
    }
    emptied = {
        "TableName": os.environ["ACCOUNTS_TABLE"],
        "Key": {"account": account},
        "UpdateExpression": "SET balance = :nothing",
        "ConditionExpression": "balance = :amount",
        "ExpressionAttributeValues": {":nothing": 0, ":amount": amount},
    }
    try:
        client.transact_write_items(TransactItems=[{"Put": paid}, {"Update": emptied}])
    except client.exceptions.TransactionCanceledException as problem:
        if problem.response["CancellationReasons"][1]["Code"] != "ConditionalCheckFailed":
            raise
        logger.info("another run has paid out %s", account)
