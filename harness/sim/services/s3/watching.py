"""The events of objects: what a call on a bucket has done.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from harness.aws.rules.bucket_notifications import SECONDS_TO_RESTORE
from harness.sim.services.service import Params

CREATES = {
    "PutObject": "ObjectCreated:Put",
    "CopyObject": "ObjectCreated:Copy",
    "CompleteMultipartUpload": "ObjectCreated:CompleteMultipartUpload",
}
POSTED = "ObjectCreated:Post"
"""Of an object that comes from a form."""
CHANGES = {
    "PutObjectTagging": "ObjectTagging:Put",
    "DeleteObjectTagging": "ObjectTagging:Delete",
    "PutObjectAcl": "ObjectAcl:Put",
}
DELETES = ("DeleteObject", "DeleteObjects")
RESTORE = "RestoreObject"
OPERATIONS = frozenset((*CREATES, *CHANGES, *DELETES, RESTORE))
_ETAG_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"

Look = Callable[[str, str | None], Any]
"""Finds an object or a delete marker, as moto keeps them, by key and version."""


def happened(operation: str, params: Params, look: Look, versioning: str | None) -> Iterator[dict[str, Any]]:
    """The events of a call that succeeded, as members of an `ObjectEvent`; with `after`, the seconds until
    one that comes later.

    To delete what isn't there is an event, too (recorded on AWS, 2023). `versioning`: the bucket's status.
    """
    name = CREATES.get(operation) or CHANGES.get(operation)
    if name is not None or operation == RESTORE:
        found = look(params["Key"], params.get("VersionId"))
        version = str(found.version_id) if versioning == "Enabled" else ""
        told = {"key": params["Key"], "size": found.size, "etag": found.etag.strip('"'), "version": version}
        if name is not None:
            yield {"name": name, **told}
        else:
            yield from _restored(told, found)
    for key, version in _deleted(operation, params):
        if version or versioning is None:
            yield {"name": "ObjectRemoved:Delete", "key": key, "version": version}
        else:
            marker = look(key, None)
            made = str(marker.version_id) if marker is not None and versioning == "Enabled" else ""
            name = "ObjectRemoved:DeleteMarkerCreated"
            yield {"name": name, "key": key, "etag": _ETAG_OF_NOTHING, "version": made}


def _restored(told: dict[str, Any], found: Any) -> Iterator[dict[str, Any]]:
    """moto restores at once, so the end follows the beginning soon."""
    told = {**told, "archived_in": found.storage_class}
    yield {"name": "ObjectRestore:Post", **told}
    until = parsedate_to_datetime(found.expiry_date).timestamp()
    yield {"name": "ObjectRestore:Completed", **told, "restored_until": until, "after": SECONDS_TO_RESTORE}


def _deleted(operation: str, params: Params) -> Iterator[tuple[str, str]]:
    if operation == "DeleteObject":
        yield params["Key"], params.get("VersionId") or ""
    elif operation == "DeleteObjects":
        for each in (params.get("Delete") or {}).get("Objects") or ():
            yield each["Key"], each.get("VersionId") or ""
