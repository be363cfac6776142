"""A queue's attributes: the values that AWS accepts, and the form in which it shows them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from harness.sim.services.service import ServiceError
from harness.sim.services.sqs.errors import invalid_attribute, invalid_value, unknown_attribute
from harness.sim.services.sqs.message import State
from harness.sim.services.sqs.store import QueueRecord

RANGES = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
CHOICES = {
    "FifoQueue": ("true",),
    "ContentBasedDeduplication": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
BOOLEANS = ("FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled")
"""Accepted in any case, and kept in lower case."""
TEXTS = ("KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "RedrivePolicy")
FIFO_ONLY = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit", "FifoQueue")
REUSE_SECONDS = "300"
_KNOWN = {"All", *RANGES, *CHOICES, *TEXTS}

_QUEUE_ARN = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,80}")
_INTEGER = re.compile(r"-?[0-9]{1,12}")


def changed(before: Mapping[str, str], given: Mapping[str, Any], *, fifo: bool) -> dict[str, str]:
    """The attributes of a queue once `given` is set; an empty value removes a policy or key.

    Raises the error that AWS answers with for the first one that is wrong.
    """
    texts = tuple([(name, str(value)) for name, value in given.items()])
    return dict(_changed(tuple(before.items()), texts, fifo))


@lru_cache(maxsize=1024)
def _changed(
    before: tuple[tuple[str, str], ...], texts: tuple[tuple[str, str], ...], fifo: bool
) -> tuple[tuple[str, str], ...]:
    after, given = dict(before), dict(texts)
    for name, value in given.items():
        text = boolean_text(value) if name in BOOLEANS else value
        _check_one(name, text, fifo)
        after[name] = text
    _choose_encryption(after, given)
    if after.get("FifoThroughputLimit") == "perMessageGroupId" and (
        after.get("DeduplicationScope") != "messageGroup"
    ):
        raise ServiceError(
            "InvalidAttributeValue",
            "The perMessageGroupId value is allowed only when the value for DeduplicationScope is "
            "messageGroup.",
        )
    return tuple((name, text) for name, text in after.items() if text != "")


def boolean_text(value: Any) -> str:
    """A boolean as attributes hold it."""
    return str(value).lower()


def _choose_encryption(after: dict[str, str], given: Mapping[str, Any]) -> None:
    """A key of KMS or one of SQS; how long a key of KMS is reused has its default only while there is one."""
    uses_kms, uses_sqs = bool(given.get("KmsMasterKeyId")), boolean_text(given.get("SqsManagedSseEnabled"))
    if uses_kms and uses_sqs == "true":
        raise ServiceError(
            "InvalidAttributeName",
            "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS "
            "SSE or SQS SSE.",
        )
    if uses_kms:
        after["SqsManagedSseEnabled"] = "false"
        after.setdefault("KmsDataKeyReusePeriodSeconds", REUSE_SECONDS)
    elif uses_sqs == "true":
        after.pop("KmsMasterKeyId", None)
        after.pop("KmsDataKeyReusePeriodSeconds", None)
    elif not after.get("KmsMasterKeyId") and after.get("KmsDataKeyReusePeriodSeconds") == REUSE_SECONDS:
        del after["KmsDataKeyReusePeriodSeconds"]


def same(name: str, one: str | None, other: str | None) -> bool:
    """Do two values of an attribute mean the same? Policies are compared as JSON."""
    if name in ("Policy", "RedrivePolicy", "RedriveAllowPolicy") and one and other:
        return bool(json.loads(one) == json.loads(other))
    return (one or None) == (other or None)


def _check_one(name: str, text: str, fifo: bool) -> None:
    if name not in RANGES and name not in CHOICES and name not in TEXTS:
        raise unknown_attribute(name)
    if name in FIFO_ONLY and not fifo:
        raise _of_fifo_queues(name)
    if name == "FifoQueue" and text != "true":
        raise invalid_attribute(name, "Modifying queue type is not supported.")
    if name in RANGES and not _in_range(text, *RANGES[name]):
        raise invalid_attribute(name)
    if name in CHOICES and text not in CHOICES[name]:
        raise invalid_attribute(name)
    if name == "RedrivePolicy" and text:
        _check_redrive(text)
    if name == "RedriveAllowPolicy" and text:
        _check_redrive_allow(text)
    if name == "Policy" and text:
        _object(name, text)


def _of_fifo_queues(name: str) -> ServiceError:
    if name in BOOLEANS:
        return unknown_attribute(name)
    return ServiceError(
        "InvalidAttributeName", f"You can specify the {name} only when FifoQueue is set to true."
    )


def _check_redrive(text: str) -> None:
    policy = _mapping(text)
    if policy is None:
        raise invalid_value(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.")
    for needed in ("maxReceiveCount", "deadLetterTargetArn"):
        if policy.get(needed) in (None, ""):
            raise invalid_value(
                text, "RedrivePolicy", f"Redrive policy does not contain mandatory attribute: {needed}."
            )
    target = policy["deadLetterTargetArn"]
    if not isinstance(target, str) or not _QUEUE_ARN.fullmatch(target):
        raise invalid_value(text, "RedrivePolicy", "Invalid value for deadLetterTargetArn.")
    if not _in_range(str(policy["maxReceiveCount"]), 1, 1000):
        raise invalid_value(
            text,
            "RedrivePolicy",
            f"Invalid value for maxReceiveCount: {policy['maxReceiveCount']}, valid values are from 1 to "
            "1000 both inclusive.",
        )


def _check_redrive_allow(text: str) -> None:
    policy = _object("RedriveAllowPolicy", text)
    permission = policy.get("redrivePermission")
    sources = policy.get("sourceQueueArns")
    if permission not in ("allowAll", "denyAll", "byQueue") or not isinstance(sources or [], list):
        raise invalid_attribute("RedriveAllowPolicy")
    if (permission == "byQueue") != bool(sources) or len(sources or ()) > 10:
        raise invalid_value(
            text,
            "RedriveAllowPolicy",
            "sourceQueueArns must hold 1 to 10 ARNs with byQueue, and nothing otherwise.",
        )


def _object(name: str, text: str) -> dict[str, Any]:
    value = _mapping(text)
    if value is None:
        raise invalid_attribute(name)
    return value


def _mapping(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _in_range(text: str, low: int, high: int) -> bool:
    return _INTEGER.fullmatch(text) is not None and low <= int(text) <= high


def shown(record: QueueRecord, wanted: Collection[str]) -> dict[str, str]:
    """The attributes that GetQueueAttributes asks for. Raises InvalidAttributeName."""
    if not wanted:
        return {}
    queue = record.queue
    every = {
        "QueueArn": record.arn,
        "ApproximateNumberOfMessages": str(queue.count(State.VISIBLE)),
        "ApproximateNumberOfMessagesNotVisible": str(queue.count(State.IN_FLIGHT)),
        "ApproximateNumberOfMessagesDelayed": str(queue.count(State.DELAYED)),
        "CreatedTimestamp": str(int(record.created_at)),
        "LastModifiedTimestamp": str(int(record.modified_at)),
        **record.attributes,
    }
    for name in wanted:
        if name not in every and name not in _KNOWN:
            raise unknown_attribute(name)
    return {name: value for name, value in every.items() if "All" in wanted or name in wanted}
