"""Links between places, read from the parameters of the calls that configure them: dead letters,
subscribers, consumers.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_HOLDERS = {
    "RedrivePolicy": "deadLetterTargetArn",
    "DeadLetterConfig": "",
    "OnFailure": "Destination",
}
"""Parameters that say so, and the member with the ARN; empty: any member whose name ends in Arn."""


@dataclass(frozen=True, slots=True)
class Links:
    """The ARNs that get dead letters, a topic and what subscribes to it, and those that are consumed."""

    dead_letters: tuple[str, ...]
    subscribed: tuple[str, str] | None
    consumed: tuple[str, ...]


def links(params: Mapping[str, Any]) -> Links:
    """The links that the parameters of a call make."""
    return Links(tuple(dead_letter_targets(params)), subscription(params), tuple(consumed_sources(params)))


def dead_letter_targets(params: Any) -> Iterator[str]:
    """The ARNs that get dead letters, wherever they stand in the parameters.

    >>> policy = '{"deadLetterTargetArn": "arn:aws:sqs:…"}'
    >>> list(dead_letter_targets({"Attributes": {"RedrivePolicy": policy}}))
    ['arn:aws:sqs:…']
    >>> list(dead_letter_targets({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:…"}}))
    ['arn:aws:sqs:…']
    """
    if isinstance(params, list | tuple):
        for each in params:
            if type(each) is not str:
                yield from dead_letter_targets(each)
        return
    if type(params) is not dict and not isinstance(params, Mapping):
        return
    for name, value in params.items():
        if name in _HOLDERS:
            yield from _arns(_parsed(value), _HOLDERS[name])
        elif type(value) is not str and (type(value) is dict or isinstance(value, list | tuple | Mapping)):
            yield from dead_letter_targets(value)
    if params.get("AttributeName") in _HOLDERS:
        name = params["AttributeName"]
        yield from _arns(_parsed(params.get("AttributeValue")), _HOLDERS[name])


def subscription(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """The ARN of a topic and of what subscribes to it; None if that is no ARN.

    >>> subscription({"TopicArn": "arn:aws:sns:…", "Protocol": "sqs", "Endpoint": "arn:aws:sqs:…"})
    ('arn:aws:sns:…', 'arn:aws:sqs:…')
    """
    topic, endpoint = params.get("TopicArn"), params.get("Endpoint")
    if isinstance(topic, str) and isinstance(endpoint, str) and endpoint.startswith("arn:"):
        return topic, endpoint
    return None


def consumed_sources(params: Mapping[str, Any]) -> Iterator[str]:
    """The ARNs from which something is meant to take messages, be it enabled or not.

    >>> list(consumed_sources({"EventSourceArn": "arn:aws:sqs:…", "Enabled": False}))
    ['arn:aws:sqs:…']
    >>> list(consumed_sources({"Name": "pipe", "Source": "arn:aws:sqs:…"}))
    ['arn:aws:sqs:…']
    """
    source = params.get("EventSourceArn") or params.get("Source")
    if isinstance(source, str) and source.startswith("arn:"):
        yield source


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _arns(value: Any, member: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, arn in value.items():
            if (name == member or (not member and name.endswith("Arn"))) and isinstance(arn, str) and arn:
                yield arn
