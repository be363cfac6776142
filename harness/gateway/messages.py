"""Where messages came from and how they stand, as far as the gateway has seen it.

Places are display names. What the guest tells and what calls say comes in by different ways: `arriving` and
`known` bring them into the order in which they happened.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

KNOWN_SECONDS = 5.0
"""How long it is waited for the call or delivery that brought a message, at most."""

VISIBILITY_SECONDS = 30.0
"""A queue's visibility timeout unless it is told otherwise."""


@dataclass(slots=True)
class Receipt:
    """What a receipt handle stands for. `receive`: the how-manieth of the message it was."""

    message: str
    receive: int
    visible_at: float


class Messages:
    """One run's. Used on the gateway's loop only."""

    def __init__(self) -> None:
        self._origins: dict[tuple[str, str], int] = {}
        self._received: dict[tuple[str, str], int] = {}
        self._ended: dict[tuple[str, str], int] = {}
        self._present: dict[str, dict[str, None]] = {}
        self._receives: Counter[str] = Counter()
        self._receipts: dict[tuple[str, str], Receipt] = {}
        self._attempts: dict[tuple[str, str], frozenset[str]] = {}
        self._arriving: Counter[str] = Counter()
        self._changed: set[asyncio.Event] = set()
        self.visibility_seconds: dict[str, float] = {}

    @contextmanager
    def arriving(self, place: str) -> Iterator[None]:
        """While inside, messages may come to this place that aren't known yet."""
        self.begin_arriving(place)
        try:
            yield
        finally:
            self.end_arriving(place)

    def begin_arriving(self, place: str) -> None:
        """From now on messages may be on their way to this place."""
        self._arriving[place] += 1

    def end_arriving(self, place: str) -> None:
        """One of those that began has ended."""
        self._arriving[place] -= 1
        self._notify()

    async def known(self, place: str, ids: Iterable[str]) -> None:
        """Return when it is known where these messages came from, or nothing is left that could say so."""
        wanted = [(place, one) for one in ids]
        if self._is_known(place, wanted):
            return
        changed = asyncio.Event()
        self._changed.add(changed)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(KNOWN_SECONDS):
                    while not self._is_known(place, wanted):
                        changed.clear()
                        await changed.wait()
        finally:
            self._changed.discard(changed)

    def came(self, place: str, message: str, event: int) -> None:
        """It is here now, because of this event. A queue that had it before keeps it once."""
        self._origins[place, message] = event
        self._present.setdefault(place, {})[message] = None
        self._notify()

    def left(self, place: str, ids: Iterable[str]) -> None:
        """They are no longer here."""
        here = self._present.get(place, {})
        for one in ids:
            here.pop(one, None)

    def here(self, place: str) -> tuple[str, ...]:
        """Messages that came and haven't left."""
        return tuple(self._present.get(place, ()))

    def origin(self, place: str, ids: Iterable[str]) -> int | None:
        """The event that brought the first of these here that is known."""
        return _first(self._origins, place, ids)

    def is_new(self, place: str, message: str) -> bool:
        """False: it was here before, so it was sent twice under one deduplication id."""
        return (place, message) not in self._origins

    def received(self, place: str, counts: dict[str, int], event: int) -> None:
        """They were handed out for the so-manieth time."""
        for message, count in counts.items():
            self._receives[message] = count
            self._received[place, message] = event

    def next_counts(self, ids: Iterable[str]) -> dict[str, int]:
        """The how-manieth receive of each it would be now."""
        return {one: self._receives[one] + 1 for one in ids}

    def last_received(self, place: str, ids: Iterable[str]) -> int | None:
        """The event of the latest receive of the first of these that is known."""
        return _first(self._received, place, ids)

    def ended(self, function: str, ids: Iterable[str], event: int) -> None:
        """A run of this function with these messages ended, or a filter kept them from it."""
        for one in ids:
            self._ended[function, one] = event

    def last_ended(self, function: str, ids: Iterable[str]) -> int | None:
        """The event of that, for the first of these that is known."""
        return _first(self._ended, function, ids)

    def handed(self, place: str, handle: str, message: str, visible_at: float) -> None:
        """Under this receipt handle."""
        self._receipts[place, handle] = Receipt(message, self._receives[message], visible_at)

    def receipt(self, place: str, handle: str) -> Receipt | None:
        """What a receipt handle stands for."""
        return self._receipts.get((place, handle))

    def is_latest(self, receipt: Receipt) -> bool:
        """Has nobody received the message since?"""
        return receipt.receive == self._receives[receipt.message]

    def is_again(self, place: str, attempt: str, ids: Iterable[str]) -> bool:
        """Were the same messages handed out under this ReceiveRequestAttemptId before?"""
        given = frozenset(ids)
        before = self._attempts.get((place, attempt))
        self._attempts[place, attempt] = given
        return before == given

    def _is_known(self, place: str, wanted: list[tuple[str, str]]) -> bool:
        return not self._arriving[place] or all(key in self._origins for key in wanted)

    def _notify(self) -> None:
        for changed in self._changed:
            changed.set()


def _first(events: dict[tuple[str, str], int], place: str, ids: Iterable[str]) -> int | None:
    return next((events[place, one] for one in ids if (place, one) in events), None)
