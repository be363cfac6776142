"""Loads parcels; one whose manifest is missing is sent to its own queue again, for five seconds later."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
sqs = boto3.client("sqs")
dynamodb = boto3.resource("dynamodb")
manifests = dynamodb.Table(os.environ["MANIFESTS_TABLE"])
loaded = dynamodb.Table(os.environ["LOADED_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            load(json.loads(record["body"]))
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def load(parcel):
    manifest = manifests.get_item(Key={"manifest": parcel["manifest"]}, ConsistentRead=True).get("Item")
    if manifest is None:
        sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(parcel), DelaySeconds=5)
        return
    loaded.put_item(Item={"parcel": parcel["parcel"], "van": manifest["van"]})
