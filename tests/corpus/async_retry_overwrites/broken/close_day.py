"""Adds up the sales of a day, notes the total and clears them away."""

import os

import boto3
from boto3.dynamodb.conditions import Attr

dynamodb = boto3.resource("dynamodb")
sales = dynamodb.Table(os.environ["SALES_TABLE"])
reports = dynamodb.Table(os.environ["REPORTS_TABLE"])


def handler(event, context):
    day = event["day"]
    found = sales.scan(FilterExpression=Attr("day").eq(day), ConsistentRead=True)["Items"]
    reports.put_item(Item={"day": day, "sales": len(found), "total": sum(sale["total"] for sale in found)})
    for sale in found:
        sales.delete_item(Key={"sale": sale["sale"]})
