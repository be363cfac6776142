"""Answers about objects, with the parts that moto leaves out.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ENCRYPTION, _TYPE = "x-amz-server-side-encryption", "x-amz-checksum-type"
_TELL_OF_ENCRYPTION = frozenset(
    (
        *("PutObject", "CopyObject", "GetObject", "HeadObject"),
        *("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"),
    )
)
_TELL_OF_TYPE = frozenset(("PutObject", "GetObject", "HeadObject"))


def completed(operation: str, headers: Mapping[str, Any]) -> Mapping[str, Any]:
    """The headers of an answer: every object is encrypted, and the checksum of one that was put at once is
    that of the whole."""
    known = {name.lower(): value for name, value in headers.items()}
    more: dict[str, str] = {}
    if operation in _TELL_OF_ENCRYPTION and _ENCRYPTION not in known:
        more[_ENCRYPTION] = "AES256"
    has_checksum = any(name.startswith("x-amz-checksum-") for name in known)
    is_whole = "-" not in str(known.get("etag", ""))
    if operation in _TELL_OF_TYPE and has_checksum and is_whole and _TYPE not in known:
        more[_TYPE] = "FULL_OBJECT"
    return {**headers, **more} if more else headers
