"""Pays out what is on the accounts."""

import os

import boto3

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
        "ExpressionAttributeValues": {":nothing": 0},
    }
    client.transact_write_items(TransactItems=[{"Put": paid}, {"Update": emptied}])
