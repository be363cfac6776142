"""Deletes what a run has created on an emulator that it shares with others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.history import History

Client = Any


def created_in(history: History) -> Iterator[tuple[str, str]]:
    """What was created in a run, the latest first: the operation, and the name that was given."""
    succeeded = {answer.cause for answer in history.of("answer") if answer.data.get("error") is None}
    for call in reversed(history.of("call")):
        operation = f"{call.data.get('service')}:{call.data.get('operation')}"
        if call.seq in succeeded and operation in _REMOVE:
            yield operation, str(call.data["params"].get(_REMOVE[operation][0]))


def remove(history: History, client: Callable[[str], Client]) -> None:
    """Delete it, as far as it still is there."""
    for operation, name in dict.fromkeys(created_in(history)):
        with suppress(ClientError, BotoCoreError):  # gone already, or never wholly there
            _REMOVE[operation][1](client(operation.partition(":")[0]), name)


def _queue(sqs: Client, name: str) -> None:
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])


def _topic(sns: Client, name: str) -> None:
    for page in sns.get_paginator("list_topics").paginate():
        for topic in page["Topics"]:
            if topic["TopicArn"].endswith(f":{name}"):
                sns.delete_topic(TopicArn=topic["TopicArn"])


def _mapping(functions: Client, name: str) -> None:
    for mapping in functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])


def _bucket(s3: Client, name: str) -> None:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
        for found in page.get("Contents", ()):
            s3.delete_object(Bucket=name, Key=found["Key"])
    s3.delete_bucket(Bucket=name)


_REMOVE: dict[str, tuple[str, Callable[[Client, str], object]]] = {
    "dynamodb:CreateTable": ("TableName", lambda client, name: client.delete_table(TableName=name)),
    "iam:CreateRole": ("RoleName", lambda client, name: client.delete_role(RoleName=name)),
    "lambda:CreateEventSourceMapping": ("FunctionName", _mapping),
    "lambda:CreateFunction": ("FunctionName", lambda client, name: client.delete_function(FunctionName=name)),
    "logs:CreateLogGroup": ("logGroupName", lambda client, name: client.delete_log_group(logGroupName=name)),
    "s3:CreateBucket": ("Bucket", _bucket),
    "secretsmanager:CreateSecret": (
        "Name",
        lambda client, name: client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True),
    ),
    "sns:CreateTopic": ("Name", _topic),
    "sqs:CreateQueue": ("QueueName", _queue),
    "ssm:PutParameter": ("Name", lambda client, name: client.delete_parameter(Name=name)),
}
"""Operations that create something: the parameter that names it, and how it is deleted."""
