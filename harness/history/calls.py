"""The calls with which an invocation changed something, and the message of its batch that each is about."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from harness.aws import Does
from harness.history.copies import Copy, FunctionRun, Key
from harness.history.event import Event
from harness.history.ledger import Ledger

_WORD = re.compile(r"[^\W_](?:[\w.:@-]*\w)?")


def changed(call: Event) -> bool:
    """Did it change something where it went, if it was carried out?"""
    return call.kind == "call" and call.data.get("does") in (Does.WRITES, Does.SENDS)


def is_about_another(ledger: Ledger, event: Event, keys: Collection[Key]) -> bool:
    """Does a call, or what came of it, name something that only other messages of the batch say, and nothing
    that only those of `keys` say? So does a call of a function that was asked for another message.

    Messages are told apart by the words in which their bodies differ.
    """
    runs = runs_around(ledger, event)
    if not runs:
        return False
    events = [event, *(run.event for run in runs[:-1])]
    words = _words([each.data.get(name) for each in events for name in ("params", "payload", "body")])
    held = runs[-1].held
    mine = _said(ledger, [copy for copy in held if copy.key in keys])
    others = _said(ledger, [copy for copy in held if copy.key not in keys])
    return bool(words & (others - mine)) and not words & (mine - others)


def runs_around(ledger: Ledger, event: Event) -> list[FunctionRun]:
    """The run that brought this event about, and those that waited for it; the last one held the messages."""
    found: list[FunctionRun] = []
    around = ledger.fold.invocation_around(event)
    while around is not None:
        found.append(around)
        around = None if around.held else ledger.fold.invocation_around(around.event)
    return found


def _said(ledger: Ledger, copies: Collection[Copy]) -> set[str]:
    """The words of messages."""
    accepted = (ledger.accepted.get(copy.origin) for copy in copies)
    return {word for message in accepted if message is not None for word in _words(message.body)}


def _words(value: Any) -> set[str]:
    """The words in a value of any kind, however deep and however quoted."""
    return set(_WORD.findall(str(value)))
