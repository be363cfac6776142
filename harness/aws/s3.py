"""Amazon S3: buckets of objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

import re

from .facts import Does, Errors, Listing, Operation, Role, Service, Signing, Spelling, Undo, Words

_BUCKET = ("Bucket",)
_COPIED = ("Bucket", "CopySource", "CopySource.Bucket")
_EMPTIED = Undo(
    "DeleteObject",
    {"Bucket": "{Bucket}", "Key": "{Key}"},
    found_by=Listing("ListObjectsV2", {"Bucket": "{Bucket}"}, "Contents[]"),
)

SERVICE = Service(
    name="s3",
    word="bucket",
    operations={
        "PutObject": Operation(Does.WRITES, _BUCKET),
        "CopyObject": Operation(Does.WRITES, _COPIED),
        "UploadPart": Operation(Does.WRITES, _BUCKET),
        "UploadPartCopy": Operation(Does.WRITES, _COPIED),
        "CompleteMultipartUpload": Operation(Does.WRITES, _BUCKET),
        "RestoreObject": Operation(Does.WRITES, _BUCKET),
        "RenameObject": Operation(Does.WRITES, _BUCKET),
        "DeleteObject": Operation(Does.WRITES, _BUCKET),
        "DeleteObjects": Operation(Does.WRITES, _BUCKET),
        "SelectObjectContent": Operation(Does.READS, _BUCKET),
        "CreateBucket": Operation(
            Does.CONFIGURES,
            _BUCKET,
            undone_by=Undo("DeleteBucket", {"Bucket": "{Bucket}"}, after=_EMPTIED),
        ),
    },
    roles={"*": Role.FANS_OUT},
    principal="s3.amazonaws.com",
    keeps_failures=False,
    errors=Errors(
        throttled=Words("SlowDown", 503, "Please reduce your request rate."),
        failing=Words("InternalError", 500, "We encountered an internal error. Please try again."),
        denied=Words("AccessDenied", 403, "Access Denied"),
    ),
    about=_BUCKET,
    form="arn:aws:s3:::{name}",
    spellings=(Spelling(re.compile(r"/?(?P<name>[^/]+)(?:/.*)?", re.S)),),
    counts=re.compile(r"[^/]+"),
    signing=Signing(old_presigned=True),
    in_host=re.compile(r"(?P<name>.+)\.s3[.-].*amazonaws\.com"),
)
