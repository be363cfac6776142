"""Books the hotel, then the flight; without a flight it cancels the hotel. A trip is decided once."""

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
    status = decided(trip)
    if status is None:
        hotels.put_item(Item={"trip": trip, "nights": 3})
        status = decide(trip, "booked" if flight(trip) else "failed")
    if status == "failed":
        flights.delete_item(Key={"trip": trip})
        hotels.delete_item(Key={"trip": trip})


def flight(trip):
    try:
        flights.put_item(Item={"trip": trip, "seat": "12A"})
    except ClientError:
        logger.exception("no flight for %s", trip)
        return False
    return True


def decided(trip):
    return trips.get_item(Key={"trip": trip}, ConsistentRead=True).get("Item", {}).get("status")


def decide(trip, status):
    """A message may come twice, and the two may fare differently: what the first says holds for both."""
    try:
        trips.put_item(
            Item={"trip": trip, "status": status}, ConditionExpression="attribute_not_exists(trip)"
        )
    except trips.meta.client.exceptions.ConditionalCheckFailedException:
        return decided(trip)
    return status
