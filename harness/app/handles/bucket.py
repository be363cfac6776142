"""Buckets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.app.handles.handle import Handle
from harness.app.handles.samples import ANY_TEXT, Sample, matching

_OF_S3 = "aws.s3"


class Bucket(Handle):
    """An S3 bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html

    >>> thumbnails = cloud.deploy("fixtures/apps/thumbnails/template.yaml")
    >>> thumbnails.bucket("Thumbnails").put("a.txt", "hello")
    >>> thumbnails.bucket("Thumbnails").keys()
    ['a.txt']
    >>> thumbnails.bucket("Thumbnails").get("a.txt")
    b'hello'
    """

    kind = "bucket"
    types = ("AWS::S3::Bucket",)

    def put(self, key: str, body: bytes | str) -> None:
        """Write an object: `body`, text in UTF-8, under `key`."""
        data = body.encode() if isinstance(body, str) else body
        self._cloud.client("s3").put_object(Bucket=self.physical_id, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        """The content of the object at `key`, as bytes."""
        s3 = self._cloud.client("s3")
        with self._cloud.recorder.looking():
            content: bytes = s3.get_object(Bucket=self.physical_id, Key=key)["Body"].read()
        return content

    def keys(self) -> list[str]:
        """The keys of all objects, sorted."""
        pages = self._cloud.client("s3").get_paginator("list_objects_v2")
        with self._cloud.recorder.looking():
            return sorted(
                found["Key"]
                for page in pages.paginate(Bucket=self.physical_id)
                for found in page.get("Contents", ())
            )

    def samples(self) -> list[Sample]:
        """For each notification, and each rule about the bucket, an object whose key passes its filter."""
        with self._cloud.recorder.looking():
            asked = self._cloud.client("s3").get_bucket_notification_configuration(Bucket=self.physical_id)
        asked.pop("ResponseMetadata")
        events = asked.pop("EventBridgeConfiguration", None)
        keys = dict.fromkeys(_key(each) for group in asked.values() for each in group)
        if events is not None:
            keys |= dict.fromkeys(self._keys_for_rules())
            keys = keys or {ANY_TEXT: None}
        return [self._sample(key) for key in keys]

    def _keys_for_rules(self) -> Iterator[str]:
        """Keys that rules of the default bus ask for, in events of this bucket."""
        with self._cloud.recorder.looking():
            rules = self._cloud.client("events").list_rules()["Rules"]
        for rule in rules:
            pattern = json.loads(rule.get("EventPattern", "{}"))
            detail = pattern.get("detail") or {}
            names = (detail.get("bucket") or {}).get("name") or [self.physical_id]
            if _OF_S3 in pattern.get("source", ()) and self.physical_id in names:
                yield _matching_key((detail.get("object") or {}).get("key"))

    def _sample(self, key: str) -> Sample:
        code = f'app.bucket("{self.logical_id}").put("{key}", {{event}})'
        return Sample(
            f"{self.logical_id}/{key}",
            ANY_TEXT,
            lambda body: self.put(key, _content(body)),
            code,
            _content_of,
        )


def _key(asked: Any) -> str:
    """A key that passes the filter of a notification."""
    rules = asked.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    found = {rule["Name"].lower(): rule["Value"] for rule in rules}
    return f"{found.get('prefix', '')}{ANY_TEXT}{found.get('suffix', '')}"


def _matching_key(wanted: Any) -> str:
    """A key for what a rule wants of one.

    >>> _matching_key([{"prefix": "in/"}]), _matching_key([{"suffix": ".csv"}]), _matching_key(None)
    ('in/smoke', 'smoke.csv', 'smoke')
    """
    first = wanted[0] if wanted else ANY_TEXT
    if isinstance(first, Mapping) and isinstance(first.get("prefix"), str):
        return f"{first['prefix']}{ANY_TEXT}"
    if isinstance(first, Mapping) and isinstance(first.get("suffix"), str):
        return f"{ANY_TEXT}{first['suffix']}"
    return str(matching(wanted)) if wanted else ANY_TEXT


def _content(event: Any) -> str:
    return event if isinstance(event, str) else json.dumps(event)


def _content_of(event: Any) -> str | None:
    """Events tell of objects, and have nothing of their content."""
    return None
