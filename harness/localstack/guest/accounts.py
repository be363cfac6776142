"""The accounts that a test has begun, and where the gateway of each listens.

What isn't registered here behaves as LocalStack does by itself.
"""

from __future__ import annotations

import threading
from typing import TypedDict


class Account(TypedDict):
    """The address of one account's gateway. `gateway`: its URL, as this machine sees it."""

    gateway: str
    token: str


_accounts: dict[str, Account] = {}
_lock = threading.Lock()


def register(account: str, gateway: str, token: str = "") -> None:
    """Begin an account (12 digits). A second time only moves its gateway."""
    with _lock:
        _accounts[account] = {"gateway": gateway.rstrip("/"), "token": token}


def unregister(account: str) -> None:
    """End an account; it doesn't matter whether it had begun."""
    with _lock:
        _accounts.pop(account, None)


def get(account: str) -> Account | None:
    """The account's entry, None if no test has begun it."""
    return _accounts.get(account)


def registered() -> list[str]:
    """All accounts that have begun and not ended."""
    with _lock:
        return list(_accounts)
