"""Makes a thumbnail."""

import os

import boto3

thumbnails = boto3.resource("dynamodb").Table(os.environ["THUMBNAILS_TABLE"])


def handler(event, context):
    thumbnails.put_item(Item={"image": event["image"], "width": 64})
