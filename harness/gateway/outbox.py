"""What left the cloud: requests to HTTP endpoints, mails and text messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sent:
    """One of them. `at`: seconds since the run began; `subscription`: its ARN, where there is one;
    `headers`: those of a request to an HTTP endpoint."""

    protocol: str
    endpoint: str
    body: str
    at: float
    subscription: str = ""
    subject: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
