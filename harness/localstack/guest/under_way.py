"""Work in progress in each account: deliveries, batches, events, moves, and the times they wait for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from . import clock

LOG = logging.getLogger(__name__)

HELD_AFTER_SECONDS = 0.25
"""A gateway that hasn't answered for so long in real time holds the delivery, and counts it itself."""


class Ended(Exception):
    """The account has ended: whatever is under way in it stops."""


@dataclass(eq=False)
class Work:
    """One thing under way, on a thread of its own.

    `about`: what the state names it by: a mapping's UUID, a function's ARN, a topic's. `due`: the moment on
    the account's clock it waits for, with `what` as its name. `asking_since`: real time since when the
    gateway is asked.
    """

    account: str
    kind: str
    about: str
    due: float | None = None
    what: str = ""
    asking_since: float | None = None

    @property
    def moving(self) -> bool:
        """Does it go on by itself, without time that has to pass?"""
        if self.due is not None:
            return False
        since = self.asking_since
        return since is None or time.monotonic() - since < HELD_AFTER_SECONDS

    def wait(self, seconds: float, what: str) -> None:
        """Let so many seconds pass on the account's clock. Raises `Ended`."""
        account = of(self.account)
        self.due, self.what = clock.now(self.account) + seconds, what
        account.touch()
        try:
            if clock.wait(self.account, seconds, account.ended):
                raise Ended(self.account)
        finally:
            account.touch()
            self.due = None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """The gateway is asked while the block runs."""
        self.asking_since = time.monotonic()
        try:
            yield
        finally:
            of(self.account).touch()
            self.asking_since = None


@dataclass(eq=False)
class AccountWork:
    """One account's works. `activity` grows with everything that happens. `failed`: works that ended by an
    error of harness or of LocalStack, a sentence each; nobody told what became of their messages."""

    name: str
    activity: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    works: dict[Work, threading.Thread | None] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def touch(self) -> None:
        """Something happened."""
        with self.lock:
            self.activity += 1

    def of_kind(self, *kinds: str) -> list[Work]:
        """Works of these kinds."""
        with self.lock:
            return [work for work in self.works if work.kind in kinds]

    def begin(self, kind: str, about: str) -> Work:
        """From now on it counts."""
        work = Work(self.name, kind, about)
        with self.lock:
            self.activity += 1
            self.works[work] = None
        return work

    def fail(self, work: Work, problem: Exception) -> None:
        """It ends by an error that isn't of the app."""
        LOG.error("%s of %s failed inside of harness", work.kind, work.about, exc_info=problem)
        self.failed.append(f"{work.kind} of {work.about} ended by {type(problem).__name__}: {problem}")

    def finish(self, work: Work) -> None:
        """It counts no longer."""
        with self.lock:
            self.activity += 1
            self.works.pop(work, None)


_accounts: dict[str, AccountWork] = {}
_lock = threading.Lock()
_current: ContextVar[Work | None] = ContextVar("harness_work", default=None)


def of(account: str) -> AccountWork:
    """The account's work in progress."""
    with _lock:
        found = _accounts.get(account)
        if found is None:
            found = _accounts[account] = AccountWork(account)
        return found


def touch(account: str) -> None:
    """Something happened there."""
    of(account).touch()


def current() -> Work | None:
    """The work of this thread."""
    return _current.get()


@contextmanager
def doing(work: Work) -> Iterator[None]:
    """While the block runs, this is what this thread does."""
    token = _current.set(work)
    try:
        yield
    finally:
        _current.reset(token)


def start(account: str, kind: str, about: str, run: Callable[[Work], object]) -> Work:
    """Run it on a thread of its own; it counts from this moment on. `Ended` ends it quietly."""
    return carry_on(of(account).begin(kind, about), run)


def carry_on(work: Work, run: Callable[[Work], object]) -> Work:
    """Do the rest of it on a thread of its own; then it counts no longer. `Ended` ends it quietly."""
    place = of(work.account)

    def live() -> None:
        _current.set(work)
        try:
            run(work)
        except Ended:
            pass
        except Exception as problem:
            place.fail(work, problem)
        finally:
            place.finish(work)

    thread = threading.Thread(target=live, name=f"harness-{work.kind} {work.about}", daemon=True)
    with place.lock:
        if work in place.works:
            place.works[work] = thread
    thread.start()
    return work


def end(account: str, within_seconds: float) -> list[str]:
    """Stop everything there; gives the names of threads that didn't end in time."""
    place = of(account)
    place.ended.set()
    clock.notify()
    with place.lock:
        threads = [thread for thread in place.works.values() if thread is not None]
    until = time.monotonic() + within_seconds
    for thread in threads:
        if thread is not threading.current_thread():
            thread.join(max(until - time.monotonic(), 0.0))
    return [thread.name for thread in threads if thread.is_alive()]


def forget(account: str) -> None:
    """The account is gone; one that begins under the same number starts afresh."""
    with _lock:
        _accounts.pop(account, None)
