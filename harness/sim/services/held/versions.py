"""The versions of objects where moto loses them: in a bucket whose versioning is suspended.

Versions that were made before stay there, and what is put or deleted from then on is the version "null".
https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectsfromVersionSuspendedBuckets.html
"""

from __future__ import annotations

from typing import Any

_NULL = "null"


def keep(backend: Any) -> None:
    """Make moto's S3 keep the versions of the buckets of a run."""
    if not isinstance(vars(backend).get("put_object"), _Put):
        backend.put_object = _Put(backend)
        backend.delete_object = _Delete(backend)


class _Put:
    def __init__(self, backend: Any) -> None:
        self._backend, self._put = backend, backend.put_object

    def __call__(self, bucket_name: str, key_name: str, *args: Any, **more: Any) -> Any:
        bucket = self._backend.get_bucket(bucket_name)
        earlier = _take_out_earlier(bucket, key_name) if _is_suspended(bucket) else []
        put = self._put(bucket_name, key_name, *args, **more)
        if earlier:
            bucket.keys.setlist(key_name, [*earlier, *bucket.keys.getlist(key_name)])
        return put


class _Delete:
    def __init__(self, backend: Any) -> None:
        self._backend, self._delete = backend, backend.delete_object

    def __call__(
        self, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> tuple[bool, dict[str, Any]]:
        bucket = self._backend.get_bucket(bucket_name)
        status = bucket.versioning_status
        if status is None or not bucket.keys.getlist(key_name):
            return self._as_moto(bucket_name, key_name, version_id, bypass)
        if _is_suspended(bucket) and version_id is None:
            return True, _mark_deleted(bucket, key_name)
        was_marker = any(
            _is_marker(version) and str(version.version_id) == version_id
            for version in bucket.keys.getlist(key_name)
        )
        bucket.versioning_status = "Enabled"
        try:
            done, told = self._as_moto(bucket_name, key_name, version_id, bypass)
        finally:
            bucket.versioning_status = status
        return done, {**told, "delete-marker": "true"} if was_marker else told

    def _as_moto(
        self, bucket: str, key: str, version: str | None, bypass: bool
    ) -> tuple[bool, dict[str, Any]]:
        done, told = self._delete(bucket, key, version, bypass)
        return done, told


def _is_suspended(bucket: Any) -> bool:
    return bool(bucket.versioning_status == "Suspended")


def _is_marker(version: Any) -> bool:
    return type(version).__name__ == "FakeDeleteMarker"


def _take_out_earlier(bucket: Any, key: str) -> list[Any]:
    """The versions that have ids; they lie in the bucket no longer."""
    versions = bucket.keys.getlist(key, [])
    earlier = [version for version in versions if version.version_id != _NULL]
    if earlier:
        dict.__setitem__(bucket.keys, key, [version for version in versions if version.version_id == _NULL])
    return earlier


def _mark_deleted(bucket: Any, key: str) -> dict[str, Any]:
    """A marker takes the place of the version "null"."""
    from moto.s3.models import FakeDeleteMarker

    versions = bucket.keys.getlist(key)
    marker = FakeDeleteMarker(key=versions[-1])
    marker._version_id = _NULL
    bucket.keys.setlist(key, [*(each for each in versions if each.version_id != _NULL), marker])
    return {"version-id": _NULL, "delete-marker": "true"}
