"""Asks the gateway of an account what is to happen, and tells it what has happened."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import urllib3

from ...aws.parcel_json import from_json, to_json
from ...aws.parcels import OutsideParcel, Parcel
from . import accounts, under_way
from .under_way import Ended

LOG = logging.getLogger(__name__)

TOKEN_HEADER = "x-harness-token"
TELL_SECONDS = 60.0
"""For reports, which the gateway answers at once; what it is asked may take as long as a fault's delay."""

_pool = urllib3.PoolManager(num_pools=64, maxsize=256, retries=False)
_lost: dict[str, str] = {}
_lost_lock = threading.Lock()


@dataclass(frozen=True)
class HopFailure:
    """Why a delivery failed. `retryable`: its sender tries again."""

    code: str
    message: str
    retryable: bool = True

    @property
    def reason(self) -> str:
        """Code and message."""
        return f"{self.code}: {self.message}" if self.message else self.code


class TargetRefused(Exception):
    """A target didn't take what was delivered."""

    def __init__(self, code: str, message: str, *, retryable: bool = True) -> None:
        super().__init__(f"{code}: {message}")
        self.failure = HopFailure(code, message, retryable)


@dataclass(frozen=True)
class AskedHop:
    """The plan's decision about a delivery. `parcel` arrives, again after each of `copies` (seconds)."""

    account: str
    seq: int | None
    parcel: Parcel
    refused: HopFailure | None = None
    copies: tuple[float, ...] = ()
    answer_is_lost: bool = False

    def arrived(self, ids: Sequence[str], *, copy: bool = False, acknowledged: bool = True) -> None:
        """It was delivered; `ids` are the messages' at the target, which is done with some if it is
        `acknowledged`."""
        told = {"hop": self.seq, "ids": list(ids), "copy": copy, "acknowledged": acknowledged}
        tell(self.account, "arrived", told)

    def failed(self, failure: HopFailure, *, applied: bool = False) -> None:
        """It wasn't, or its sender takes it for failed (`applied`)."""
        told = {
            "hop": self.seq,
            "code": failure.code,
            "message": failure.message,
            "retryable": failure.retryable,
            "applied": applied,
        }
        tell(self.account, "hop-failed", told)


LOST_ANSWER = HopFailure("AnswerLost", "delivered, but the answer was lost")


def hop(
    account: str,
    source: str,
    target: str,
    messages: Sequence[str],
    parcel: Parcel,
    *,
    attempt: int,
    cause: int | None,
    actor: str,
) -> AskedHop:
    """Ask about a delivery; blocks as long as a fault delays it. Raises `Ended`."""
    told = {
        "source": source,
        "target": target,
        "messages": list(messages),
        "attempt": attempt,
        "parcel": to_json(parcel),
        "cause": cause,
        "actor": actor,
    }
    answer = _ask(account, "hop", told, None)
    refused, altered = answer.get("refuse"), answer.get("parcel")
    return AskedHop(
        account,
        answer.get("hop"),
        parcel if altered is None else from_json(altered),
        HopFailure(refused["code"], refused.get("message") or "", refused.get("retryable", True))
        if refused
        else None,
        tuple(answer.get("copies") or ()),
        bool(answer.get("lose_answer")),
    )


def event(account: str, kind: str, *, cause: int | None, actor: str, **words: Any) -> int | None:
    """Tell what happened, in the words of the history; gives the event's place there. Raises `Ended`.

    `actor`: "" for whoever brought the cause about.
    """
    told = {"kind": kind, "cause": cause, "actor": actor, **words}
    seq = tell(account, "event", told).get("event")
    return seq if isinstance(seq, int) else None


def note(account: str, kind: str, *, cause: int | None, actor: str, **words: Any) -> int | None:
    """The same for what a client has asked for, and is done whether or not it can be told."""
    with suppress(Ended):
        return event(account, kind, cause=cause, actor=actor, **words)
    return None


def sent(account: str, parcel: OutsideParcel) -> None:
    """Something left the cloud."""
    tell(account, "sent", asdict(parcel))


def ask(account: str, verb: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask something whose answer may take as long as a fault holds it. Raises `Ended`."""
    return _ask(account, verb, told, None)


def tell(account: str, verb: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Report something. Raises `Ended`."""
    return _ask(account, verb, told, TELL_SECONDS)


def _ask(account: str, verb: str, told: Mapping[str, Any], seconds: float | None) -> Mapping[str, Any]:
    under_way.touch(account)
    work = under_way.current()
    if work is None or work.account != account:
        return _post(account, verb, told, seconds)
    with work.asking():
        return _post(account, verb, told, seconds)


def _post(account: str, verb: str, told: Mapping[str, Any], seconds: float | None) -> Mapping[str, Any]:
    entry = accounts.get(account)
    if entry is None or under_way.of(account).ended.is_set():
        raise Ended(account)
    try:
        answer = _pool.request(
            "POST",
            f"{entry['gateway']}/_harness/{verb}",
            body=json.dumps(told, default=_plain).encode(),
            headers={"content-type": "application/json", TOKEN_HEADER: entry["token"]},
            timeout=urllib3.Timeout(connect=10.0, read=seconds),
        )
    except urllib3.exceptions.HTTPError as problem:
        _note_loss(account, f"{verb}: {problem}")
        raise Ended(account) from None
    if answer.status != 200:
        _note_loss(account, f"{verb}: status {answer.status}: {answer.data[:500]!r}")
        raise Ended(account)
    found = json.loads(answer.data or b"{}")
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> str:
    """Bytes as a history has them."""
    return value.hex() if isinstance(value, bytes | bytearray) else str(value)


def untold(account: str) -> list[str]:
    """The first report that could not be delivered: the history is incomplete then."""
    with _lost_lock:
        return [_lost[account]] if account in _lost else []


def _note_loss(account: str, problem: str) -> None:
    """Once for each account: its gateway is gone, so nothing in it can be carried on."""
    with _lost_lock:
        if account in _lost:
            return
        _lost[account] = problem
    LOG.warning("the gateway of account %s can't be asked any more: %s", account, problem)


def forget(account: str) -> None:
    """The account is gone."""
    with _lost_lock:
        _lost.pop(account, None)
