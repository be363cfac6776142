"""The calls with which an invocation changed something, and the message of its batch that each is about."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from harness.aws import Does
from harness.history.copies import FunctionRun, Key
from harness.history.event import Event
from harness.history.ledger import Ledger

_WORD = re.compile(r"[^\W_](?:[\w.:@-]*\w)?")


def changed(call: Event) -> bool:
    """Did it change something where it went, if it was carried out?"""
    return call.kind == "call" and call.data.get("does") in (Does.WRITES, Does.SENDS)


def is_about_another(ledger: Ledger, run: FunctionRun, call: Event, keys: Collection[Key]) -> bool:
    """Does it name what only others of the batch say, and nothing that only the messages of `keys` say?

    Messages are told apart by the words in which their bodies differ.
    """
    words = _words(call.data.get("params"))
    said = {copy.key: _words(_body(ledger, copy.origin)) for copy in run.held}
    named = [
        key
        for key, mine in said.items()
        if words & mine.difference(*(others for other, others in said.items() if other != key))
    ]
    return bool(named) and not any(key in keys for key in named)


def _body(ledger: Ledger, origin: Key) -> Any:
    accepted = ledger.accepted.get(origin)
    return None if accepted is None else accepted.body


def _words(value: Any) -> set[str]:
    """The words in a value of any kind, however deep and however quoted."""
    return set(_WORD.findall(str(value)))
