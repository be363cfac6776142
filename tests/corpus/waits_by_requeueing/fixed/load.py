"""Loads parcels; one whose manifest is missing stays in its queue, which hands it out again."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
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
        raise LookupError(f"manifest {parcel['manifest']} isn't there yet")
    loaded.put_item(Item={"parcel": parcel["parcel"], "van": manifest["van"]})
