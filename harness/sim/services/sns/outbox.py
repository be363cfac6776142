"""What left the cloud: requests to HTTP endpoints, mails and text messages."""

from __future__ import annotations

from harness.cloud import Sent as Sent

OUTSIDE = ("http://", "https://", "mailto:", "sms:")
"""How the targets of such hops begin."""


def target_of(protocol: str, endpoint: str) -> str:
    """Where the hops of a subscription go."""
    if protocol in ("email", "email-json"):
        return f"mailto:{endpoint}"
    return f"sms:{endpoint}" if protocol == "sms" else endpoint
