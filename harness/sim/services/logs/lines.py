"""Lines of one log stream, and the form in which subscriptions send them."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from dataclasses import dataclass, replace
from hashlib import sha256

from harness.aws.rules.log_patterns import LogPattern


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that were written at once: pairs of epoch seconds and text."""

    region: str
    group: str
    stream: str
    events: tuple[tuple[float, str], ...]

    def chosen(self, pattern: LogPattern) -> Lines:
        """Those that a pattern matches."""
        return replace(self, events=tuple(event for event in self.events if pattern.matches(event[1])))

    def packed(self, account: str, filter_name: str) -> str:
        """As consumers get them: JSON, compressed by gzip, in Base64.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
        """
        message = {
            "messageType": "DATA_MESSAGE",
            "owner": account,
            "logGroup": self.group,
            "logStream": self.stream,
            "subscriptionFilters": [filter_name],
            "logEvents": [
                {"id": self._id(number, at, text), "timestamp": round(at * 1000), "message": text}
                for number, (at, text) in enumerate(self.events)
            ],
        }
        return b64encode(gzip.compress(json.dumps(message).encode(), mtime=0)).decode()

    def _id(self, number: int, at: float, text: str) -> str:
        """56 digits, as AWS's ids have."""
        digest = sha256(f"{self.group} {self.stream} {number} {at} {text}".encode(errors="replace")).digest()
        return f"{int.from_bytes(digest[:23], 'big'):056d}"[:56]
