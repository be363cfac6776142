"""A run's clock: real seconds since it began, and those that were skipped."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HeldUntil:
    """Something that waits for a moment. `due`: in seconds since the run began."""

    what: str
    due: float


@dataclass(eq=False, slots=True)
class _Sleeper:
    held: HeldUntil
    loop: asyncio.AbstractEventLoop
    moved: asyncio.Event = field(default_factory=asyncio.Event)


class RunClock:
    """Counts from when it was made. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._skipped = 0.0
        self._began = time.monotonic()
        self._began_at = time.time()
        self._sleepers: set[_Sleeper] = set()

    def elapsed(self) -> float:
        """Seconds since the run began, skipped ones included."""
        return time.monotonic() - self._began + self._skipped

    def seconds_of(self, epoch: float) -> float:
        """A moment on the account's clock (epoch seconds, skipped ones included) as seconds of the run."""
        return epoch - self._began_at

    def skip(self, seconds: float) -> None:
        """So many seconds have passed at once; who sleeps until then wakes up. Never goes back."""
        if not seconds >= 0:
            raise ValueError(f"skip({seconds}): time goes forward only")
        with self._lock:
            self._skipped += seconds
            sleepers = list(self._sleepers)
        for sleeper in sleepers:
            with suppress(RuntimeError):  # its loop was closed meanwhile
                sleeper.loop.call_soon_threadsafe(sleeper.moved.set)

    async def sleep(self, seconds: float, what: str = "") -> None:
        """Return when so many seconds of the run have passed. `what` waits, for `held`."""
        await self.sleep_until(self.elapsed() + seconds, what)

    async def sleep_until(self, due: float, what: str = "") -> None:
        """Return when the run is so many seconds old. `what` waits, for `held`."""
        sleeper = _Sleeper(HeldUntil(what, due), asyncio.get_running_loop())
        with self._lock:
            self._sleepers.add(sleeper)
        try:
            while True:
                sleeper.moved.clear()
                if (left := due - self.elapsed()) <= 0:
                    return
                with suppress(TimeoutError):
                    await asyncio.wait_for(sleeper.moved.wait(), left)
        finally:
            with self._lock:
                self._sleepers.discard(sleeper)

    def held(self) -> list[HeldUntil]:
        """Sleeping tasks, the earliest first."""
        with self._lock:
            return sorted((sleeper.held for sleeper in self._sleepers), key=lambda held: held.due)
