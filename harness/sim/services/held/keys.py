"""Answers about keys of KMS, with the part that moto leaves out.

https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

_TELL_OF_KEY = frozenset(("CreateKey", "DescribeKey"))
_ORIGINS = frozenset(("AWS_KMS", "EXTERNAL"))


def completed(operation: str, body: Any) -> Any:
    """The body of an answer: a symmetric key has key material, which has an id."""
    if operation not in _TELL_OF_KEY:
        return body
    told = json.loads(body)
    about = told.get("KeyMetadata") or {}
    if about.get("KeySpec") == "SYMMETRIC_DEFAULT" and about.get("Origin") in _ORIGINS:
        about.setdefault("CurrentKeyMaterialId", hashlib.sha256(about["KeyId"].encode()).hexdigest())
    return json.dumps(told)
