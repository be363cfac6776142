"""Enters each image of a batch; the first that fails ends the batch."""

import json
import os

import boto3

images = boto3.resource("dynamodb").Table(os.environ["IMAGES_TABLE"])


def handler(event, context):
    for record in event["Records"]:
        enter(json.loads(record["body"]))


def enter(upload):
    images.put_item(Item={"image": upload["image"], "bytes": upload["bytes"]})
