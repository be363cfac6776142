"""Nothing reaches the real AWS while a cloud behind a gateway is active."""

import boto3
import pytest
from botocore.httpsession import URLLib3Session

from harness.gateway.guard import Guard


@pytest.fixture
def guard():
    guard = Guard({"172.30.0.1"})
    guard.install()
    yield guard
    guard.remove()


def client(**settings):
    return boto3.client("sqs", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b", **settings)


def test_a_client_that_would_reach_aws_is_refused(guard):
    with pytest.raises(RuntimeError, match="would have reached the real AWS; nothing was sent"):
        client().list_queues()


def test_the_guard_leaves_everything_as_it_was():
    original = URLLib3Session.send
    guard = Guard(())
    guard.install()
    assert URLLib3Session.send is not original
    guard.remove()
    assert URLLib3Session.send is original
