"""The contents of a delivered text: SNS and EventBridge wrap messages, and batches hold several.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any


def contents(body: Any) -> Iterator[Any]:
    """The JSON values in a body: itself, what an SNS envelope wraps, and each entry of a list.

    Numbers are exact: whole ones are int, all others Decimal. Text that isn't JSON holds none.

    >>> list(contents('{"Type": "Notification", "TopicArn": "arn:…", "Message": "{\\\\"order\\\\": 0.5}"}'))
    [{'order': Decimal('0.5')}]
    """
    value = _parsed(body)
    if isinstance(value, list | tuple):
        for each in value:
            yield from contents(each)
    elif isinstance(value, Mapping) and value.get("Type") == "Notification" and "TopicArn" in value:
        yield from contents(value.get("Message"))
    elif isinstance(value, Mapping):
        yield value


def detail(value: Any) -> Any:
    """The detail of an event of EventBridge, the item of a change of a table; None for anything else.

    >>> detail({"source": "shop", "detail-type": "Order", "detail": {"order": "o-1"}})
    {'order': 'o-1'}
    """
    if not isinstance(value, Mapping):
        return None
    if "source" in value and "detail-type" in value:
        return value.get("detail")
    if "eventName" in value and isinstance(value.get("Keys"), Mapping):
        return {**value["Keys"], **(value.get("NewImage") or value.get("OldImage") or {})}
    return None


def said(body: Any) -> Any:
    """What a body says that a second try would say, too: of an event its detail, as id and time are its own;
    of a notification of S3 what became of which object.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

    >>> said('{"id": "1", "source": "shop", "detail-type": "Order", "detail": {"order": "o-1"}}')
    {'order': 'o-1'}
    """
    found = list(contents(body))
    return (detail(found[0]) or _object(found[0]) if len(found) == 1 else None) or body


def _object(value: Any) -> Any:
    records = value.get("Records")
    record = records[0] if isinstance(records, list) and len(records) == 1 else None
    if not isinstance(record, Mapping) or "s3" not in record:
        return None
    return {"event": record.get("eventName"), "key": next(_keys(record["s3"]), None)}


def _keys(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping) and isinstance(value.get("object"), Mapping):
        yield value["object"].get("key")


def _parsed(body: Any) -> Any:
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
