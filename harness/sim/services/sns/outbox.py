"""Where hops out of the cloud go."""

from __future__ import annotations


def target_of(protocol: str, endpoint: str) -> str:
    """Where the hops of a subscription go."""
    if protocol in ("email", "email-json"):
        return f"mailto:{endpoint}"
    return f"sms:{endpoint}" if protocol == "sms" else endpoint
