"""Why something happens inside LocalStack: which call, delivery or mapping brings it about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Context:
    """The cause of what this thread does.

    `cause`: the number of an event: a call, a hop, a receive. `actor`: who acts; "" for whoever made the
    call. `by_mover`: the cloud itself does it, nobody called. `silent`: it is part of something that is told
    as a whole. `reached`: tells that a delivery is at its place, under these ids; the place calls it before
    anybody else can get hold of the message.

    Of an invocation: `source` is the ARN of the queue or topic, "<function arn>#async" for an asynchronous
    invocation, None for a synchronous one. `messages`: ids in the event. `reports_failures`: the mapping has
    ReportBatchItemFailures. `in_order`: a message that failed holds up those behind it.
    """

    cause: int | None = None
    actor: str = ""
    by_mover: bool = False
    silent: bool = False
    reached: Callable[[Sequence[str]], None] | None = None
    source: str | None = None
    messages: tuple[str, ...] = ()
    attempt: int = 1
    reports_failures: bool = False
    in_order: bool = False


NOTHING_KNOWN = Context()
_current: ContextVar[Context] = ContextVar("harness_invocation_context", default=NOTHING_KNOWN)


def current() -> Context:
    """The context in which this thread acts."""
    return _current.get()


def set(context: Context) -> Token[Context]:
    """From now on in this thread; `reset` takes the token."""
    return _current.set(context)


def reset(token: Token[Context]) -> None:
    """As it was before `set`."""
    _current.reset(token)


@contextmanager
def using(context: Context) -> Iterator[None]:
    """While the block runs, in this thread."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
