"""Errors of SQS: the code of the query protocol, and the name of the JSON protocol beside it."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conformance.sqs_helpers import attributes_of, create_queue, receive, send

PREFIX = "AWS.SimpleQueueService."


def too_many_messages(cloud, url):
    receive(cloud, url, 11)


def no_body(cloud, url):
    send(cloud, url, "")


def control_characters(cloud, url):
    send(cloud, url, "\x00")


def odd_batch_id(cloud, url):
    cloud.client("sqs").send_message_batch(QueueUrl=url, Entries=[{"Id": "a:b", "MessageBody": "x"}])


def no_queue(cloud, url):
    attributes_of(cloud, url.replace("work", "none"))


def unknown_attribute(cloud, url):
    attributes_of(cloud, url, "Nonsense")


def other_attributes(cloud, url):
    create_queue(cloud, DelaySeconds=1)


def no_label(cloud, url):
    cloud.client("sqs").remove_permission(QueueUrl=url, Label="none")


@pytest.mark.parametrize(
    ("act", "code", "name"),
    [
        (too_many_messages, "InvalidParameterValue", "InvalidParameterValueException"),
        (no_label, "InvalidParameterValue", "InvalidParameterValueException"),
        (no_body, "MissingParameter", "MissingRequiredParameterException"),
        (control_characters, "InvalidMessageContents", "InvalidMessageContents"),
        (odd_batch_id, f"{PREFIX}InvalidBatchEntryId", "InvalidBatchEntryId"),
        (no_queue, f"{PREFIX}NonExistentQueue", "QueueDoesNotExist"),
        (unknown_attribute, "InvalidAttributeName", "InvalidAttributeName"),
        (other_attributes, "QueueAlreadyExists", "QueueNameExists"),
    ],
)
def test_an_error_has_the_code_of_the_query_protocol_and_its_name(cloud, act, code, name):
    """Recorded on AWS, April 2024."""
    url = create_queue(cloud)
    with pytest.raises(ClientError) as caught:
        act(cloud, url)
    error = caught.value.response["Error"]
    assert (error["Code"], error["QueryErrorCode"], error["Type"]) == (code, name, "Sender")


@pytest.mark.clouds("sim", reason="the client of another cloud has no door for requests without a parameter")
@pytest.mark.parametrize(
    ("operation", "params", "lacking"),
    [
        ("receive_message", {}, "QueueUrl"),
        ("create_queue", {}, "QueueName"),
        ("delete_message", {"QueueUrl": "work"}, "MessageHandle"),
        ("change_message_visibility", {"QueueUrl": "work", "ReceiptHandle": "x"}, "VisibilityTimeout"),
        ("send_message", {"QueueUrl": "work"}, "MessageBody"),
        (
            "send_message_batch",
            {"QueueUrl": "work", "Entries": [{"Id": "a", "MessageBody": "x"}, {"MessageBody": "x"}]},
            "SendMessageBatchRequestEntry.2.Id",
        ),
        (
            "delete_message_batch",
            {"QueueUrl": "work", "Entries": [{"ReceiptHandle": "x"}]},
            "DeleteMessageBatchRequestEntry.1.Id",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_parameter_that_lacks_is_named(cloud, operation, params, lacking):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html

    SDKs other than Python's send such requests; the words were seen on AWS in 2018, 2019 and 2023.
    """
    create_queue(cloud)
    client = boto3.client("sqs", region_name="us-east-1", config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**params)
    error = caught.value.response["Error"]
    assert error["Code"] == "MissingParameter"
    assert error["Message"] == f"The request must contain the parameter {lacking}."


@pytest.mark.clouds("sim", reason="the client of another cloud has no door for requests without a parameter")
def test_a_batch_without_entries_is_empty(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html"""
    url = create_queue(cloud)
    client = boto3.client("sqs", region_name="us-east-1", config=Config(parameter_validation=False))
    with pytest.raises(ClientError, match="There should be at least one DeleteMessageBatchRequestEntry"):
        client.delete_message_batch(QueueUrl=url)
