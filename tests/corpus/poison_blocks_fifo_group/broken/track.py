"""Notes what happened to parcels, in order for each; behind one that failed it stops."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
parcels = boto3.resource("dynamodb").Table(os.environ["PARCELS_TABLE"])


def handler(event, context):
    failures, stopped = [], set()
    for record in event["Records"]:
        parcel = record["attributes"]["MessageGroupId"]
        try:
            if parcel not in stopped:
                note(parcel, json.loads(record["body"]))
                continue
        except Exception:
            logger.exception("%s stops here", parcel)
            stopped.add(parcel)
        failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def note(parcel, event):
    parcels.put_item(Item={"event": event["event"], "parcel": parcel, "what": event["what"]})
