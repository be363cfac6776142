"""Books the hotel, then the flight."""

import json
import logging
import os

import boto3
from botocore.exceptions import ClientError

logger = logging.getLogger()
dynamodb = boto3.resource("dynamodb")
hotels = dynamodb.Table(os.environ["HOTELS_TABLE"])
flights = dynamodb.Table(os.environ["FLIGHTS_TABLE"])
trips = dynamodb.Table(os.environ["TRIPS_TABLE"])


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            book(json.loads(record["body"])["trip"])
        except Exception:
            logger.exception("%s will be tried again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def book(trip):
    hotels.put_item(Item={"trip": trip, "nights": 3})
    try:
        flights.put_item(Item={"trip": trip, "seat": "12A"})
    except ClientError:
        logger.exception("no flight for %s", trip)
        trips.put_item(Item={"trip": trip, "status": "failed"})
        return
    trips.put_item(Item={"trip": trip, "status": "booked"})
