"""Buckets."""

from __future__ import annotations

from harness.app.handles.handle import Handle


class Bucket(Handle):
    """An S3 bucket."""

    kind = "bucket"
    types = ("AWS::S3::Bucket",)

    def put(self, key: str, body: bytes | str) -> None:
        """Write an object."""
        data = body.encode() if isinstance(body, str) else body
        self._cloud.client("s3").put_object(Bucket=self.physical_id, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        """An object's content."""
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
