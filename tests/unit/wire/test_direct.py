"""Results on the direct path are what the SDK would have read."""

import os
import time
from unittest.mock import patch

import boto3
import pytest
from botocore.parsers import DEFAULT_TIMESTAMP_PARSER

from harness.wire.direct import giving


@pytest.fixture
def described():
    """Makes the moment in an answer about a table of one that a service gives."""
    model = boto3.client("dynamodb", region_name="us-east-1").meta.service_model
    give = giving(model.operation_model("DescribeTable"), "json")
    return lambda seconds: give({"Table": {"CreationDateTime": seconds}})["Table"]["CreationDateTime"]


@pytest.fixture
def in_zone():
    with patch.dict(os.environ):

        def move(zone):
            os.environ["TZ"] = zone
            time.tzset()

        yield move
    time.tzset()


@pytest.mark.parametrize("zone", ["UTC", "GMT0", "Europe/Berlin", "UTC+3", "Europe/London"])
@pytest.mark.parametrize("seconds", [0, 1_800_000_000, 1_783_000_000.123456, -1.5, 2**33])
def test_a_moment_is_the_sdks_in_any_time_zone(described, in_zone, zone, seconds):
    in_zone(zone)
    given, read = described(seconds), DEFAULT_TIMESTAMP_PARSER(seconds)
    assert (given, given.isoformat(), given.tzname()) == (read, read.isoformat(), read.tzname())
    assert (repr(given), given.tzinfo) == (repr(read), read.tzinfo)
