"""Sums up a job when each of its parts has come in."""

import json
import logging
import os

import boto3
from boto3.dynamodb.conditions import Attr

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
parts = dynamodb.Table(os.environ["PARTS_TABLE"])
jobs = dynamodb.Table(os.environ["JOBS_TABLE"])
summaries = dynamodb.Table(os.environ["SUMMARIES_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            collect(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def collect(part):
    parts.put_item(Item={"part": part["part"], "job": part["job"]})
    job = jobs.update_item(
        Key={"job": part["job"]},
        UpdateExpression="ADD done :one",
        ExpressionAttributeValues={":one": {part["part"]}},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    if len(job["done"]) == part["of"]:
        summarize(part["job"])


def summarize(job):
    found = parts.scan(FilterExpression=Attr("job").eq(job), ConsistentRead=True)["Items"]
    summaries.put_item(Item={"job": job, "parts": len(found)})
