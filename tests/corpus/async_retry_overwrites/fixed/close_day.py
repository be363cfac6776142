"""Adds up the sales of a day, notes the total if nobody has, and clears them away."""

import logging
import os

import boto3
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
sales = dynamodb.Table(os.environ["SALES_TABLE"])
reports = dynamodb.Table(os.environ["REPORTS_TABLE"])


def handler(event, context):
    day = event["day"]
    found = sales.scan(FilterExpression=Attr("day").eq(day), ConsistentRead=True)["Items"]
    try:
        reports.put_item(
            Item={"day": day, "sales": len(found), "total": sum(sale["total"] for sale in found)},
            ConditionExpression=Attr("day").not_exists(),
        )
    except ClientError as problem:
        if problem.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        logger.info("%s has been added up; the rest is cleared away", day)
    for sale in found:
        sales.delete_item(Key={"sale": sale["sale"]})
