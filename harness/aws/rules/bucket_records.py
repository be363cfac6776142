"""The forms in which S3 tells of events.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from .bucket_notifications import ObjectEvent

SUBJECT = "Amazon S3 Notification"
_ADDRESS = "127.0.0.1"
_OWNER = "A3NL1KOZZKExample"
_BY_ITSELF = "s3.amazonaws.com"
"""Where something comes from that S3 does later."""
_WITHOUT_SEQUENCER = ("ObjectTagging", "ObjectAcl")
_NEWER = "2.3"
_DETAIL_TYPES = {
    "ObjectCreated": "Object Created",
    "ObjectRemoved": "Object Deleted",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
    "ObjectAcl": "Object ACL Updated",
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRestore:Completed": "Object Restore Completed",
}
_DELETIONS = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}


def records(event: ObjectEvent, configuration: str, account: str) -> dict[str, Any]:
    """The notification for a queue, a topic or a function. `configuration`: the id of its entry."""
    attributes = event.name.startswith(_WITHOUT_SEQUENCER)
    told: dict[str, Any] = {"key": quote_plus(event.key, safe="/")}
    if event.size is not None and not attributes:
        told["size"] = event.size
    if event.etag:
        told["eTag"] = event.etag
    if event.version:
        told["versionId"] = event.version
    if not attributes:
        told["sequencer"] = event.sequencer
    record: dict[str, Any] = {
        "eventVersion": _NEWER if attributes else "2.1",
        "eventSource": "aws:s3",
        "awsRegion": event.region,
        "eventTime": _time(event.at),
        "eventName": event.name,
        "userIdentity": {"principalId": f"AWS:{account}"},
        "requestParameters": {"sourceIPAddress": _ADDRESS},
        "responseElements": {"x-amz-request-id": event.request_id, "x-amz-id-2": event.request_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration,
            "bucket": {
                "name": event.bucket,
                "ownerIdentity": {"principalId": _OWNER},
                "arn": f"arn:aws:s3:::{event.bucket}",
            },
            "object": told,
        },
    }
    if event.restored_until is not None:
        record["userIdentity"] = {"principalId": f"AmazonCustomer:{_OWNER}"}
        record["requestParameters"] = {"sourceIPAddress": _BY_ITSELF}
        record["glacierEventData"] = {
            "restoreEventData": {
                "lifecycleRestorationExpiryTime": _time(event.restored_until),
                "lifecycleRestoreStorageClass": event.archived_in,
            }
        }
    return {"Records": [record]}


def event_for_bus(event: ObjectEvent, account: str) -> dict[str, Any] | None:
    """The event for EventBridge; None for one that it isn't told of."""
    detail_type = _DETAIL_TYPES.get(event.name) or _DETAIL_TYPES.get(event.name.partition(":")[0])
    if detail_type is None:
        return None
    told: dict[str, Any] = {"key": event.key}
    if event.size is not None:
        told["size"] = event.size
    if event.etag:
        told["etag"] = event.etag
    if event.version:
        told["version-id"] = event.version
    if not event.name.startswith((*_WITHOUT_SEQUENCER, "ObjectRestore")):
        told["sequencer"] = event.sequencer
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": event.bucket},
        "object": told,
        "request-id": event.request_id,
        "requester": account,
    }
    if event.archived_in:
        detail["source-storage-class"] = event.archived_in
    if event.restored_until is None:
        detail["source-ip-address"] = _ADDRESS
    else:
        detail["restore-expiry-time"] = _time(event.restored_until)
    if event.name.startswith(("ObjectCreated", "ObjectRemoved")):
        detail["reason"] = event.reason
    if event.name in _DELETIONS:
        detail["deletion-type"] = _DELETIONS[event.name]
    return {
        "source": "aws.s3",
        "detail-type": detail_type,
        "resources": [f"arn:aws:s3:::{event.bucket}"],
        "region": event.region,
        "account": account,
        "detail": detail,
    }


def test_event(bucket: str, at: float, request_id: str) -> dict[str, Any]:
    """The message with which S3 tries a queue or a topic that it is to notify."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": _time(at),
        "Bucket": bucket,
        "RequestId": request_id,
        "HostId": request_id,
    }


def _time(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
