"""What a function's answer says about the messages of its batch.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def failed_items(payload: bytes, ids: Sequence[str]) -> frozenset[str]:
    """Ids of the messages that count as failed by the answer of a function with ReportBatchItemFailures.

    No answer, an empty one, and an empty or absent list mean that all went well. An answer that is not an
    object, an entry without `itemIdentifier`, an empty one and one that names no message of the batch
    fail the whole batch.
    """
    everything = frozenset(ids)
    try:
        answer = json.loads(payload or b"null")
    except ValueError:
        return everything
    if answer in (None, "", [], {}):
        return frozenset()
    entries = answer.get("batchItemFailures") if isinstance(answer, dict) else everything
    if entries is None:
        return frozenset()
    if not isinstance(entries, list):
        return everything
    named = {_identifier(entry) for entry in entries}
    return frozenset(name for name in named if name) if named <= everything else everything


def _identifier(entry: Any) -> str:
    name = entry.get("itemIdentifier") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else ""
