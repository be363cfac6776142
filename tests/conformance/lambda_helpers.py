"""Functions and queues for the conformance tests of Lambda."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/lambda-role"

TELLING = """
import boto3, json, os, time
_sqs = boto3.client("sqs")

def tell(what):
    _sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(what))
"""
"""Put before a handler's source so that it can tell a queue what it saw."""


def archive(source: str, **others: str) -> bytes:
    """A deployment package with `app.py` and further modules."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        for name, text in {"app": source, **others}.items():
            files.writestr(zipfile.ZipInfo(f"{name}.py"), dedent(text))
    return packed.getvalue()


def create_function(cloud: Any, source: str, *, name: str = "work", seen: str = "", **settings: Any) -> str:
    """Create a function from a handler's source; returns its ARN. `seen`: URL of the queue to tell."""
    if seen:
        source = TELLING + dedent(source)
        settings.setdefault("Environment", {"Variables": {"SEEN": seen}})
    settings = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler"} | settings
    functions = cloud.client("lambda")
    created = functions.create_function(FunctionName=name, Code={"ZipFile": archive(source)}, **settings)
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    arn: str = created["FunctionArn"]
    return arn


def invoke(
    cloud: Any, payload: Any = None, *, name: str = "work", **settings: Any
) -> tuple[Any, dict[str, Any]]:
    """The answer's payload and the answer."""
    if payload is not None:
        settings["Payload"] = json.dumps(payload)
    answer = cloud.client("lambda").invoke(FunctionName=name, **settings)
    content = answer["Payload"].read()
    return json.loads(content) if content else None, answer


def create_queue(cloud: Any, name: str, **attributes: str) -> tuple[str, str]:
    """URL and ARN of a new queue."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, found["Attributes"]["QueueArn"]


def create_queue_with_dead_letters(
    cloud: Any, name: str, *, receives: int = 2, fifo: bool = False, **attributes: str
) -> tuple[str, str, str]:
    """URL and ARN of a new queue, and the URL of its dead-letter queue."""
    suffix = ".fifo" if fifo else ""
    extra = {"FifoQueue": "true"} if fifo else {}
    failed_url, failed_arn = create_queue(cloud, f"{name}-failed{suffix}", **extra)
    redrive = json.dumps({"deadLetterTargetArn": failed_arn, "maxReceiveCount": receives})
    url, arn = create_queue(cloud, f"{name}{suffix}", RedrivePolicy=redrive, **extra, **attributes)
    return url, arn, failed_url


def messages(cloud: Any, url: str, **settings: Any) -> list[dict[str, Any]]:
    """Everything that a queue hands out now; deletes it."""
    sqs = cloud.client("sqs")
    found: list[dict[str, Any]] = []
    while True:
        batch = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, **settings)
        if not batch.get("Messages"):
            return found
        for message in batch["Messages"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found += batch["Messages"]


def told(cloud: Any, url: str) -> list[Any]:
    """What functions have told a queue."""
    return [json.loads(message["Body"]) for message in messages(cloud, url)]


def map_queue(cloud: Any, queue_arn: str, *, name: str = "work", **settings: Any) -> str:
    """Create a mapping from a queue to a function; returns its id."""
    functions = cloud.client("lambda")
    mapping = functions.create_event_source_mapping(EventSourceArn=queue_arn, FunctionName=name, **settings)
    uuid: str = mapping["UUID"]
    return uuid


def refusal(call: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    """The answer to a call that is refused: `Error`, and what else it says."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer: dict[str, Any] = caught.value.response
    return answer


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and the message of a refusal."""
    error = refusal(call, **arguments)["Error"]
    return error["Code"], error["Message"]
