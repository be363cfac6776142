"""Why a function runs: what the doors know and the executor must tell the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Context:
    """The cause of one invocation.

    `cause`: seq of the hop, or of the call for a synchronous Invoke. `source`: ARN of the queue or topic,
    "<function arn>#async" for an asynchronous invocation, None for a synchronous one. `messages`: ids in the
    event. `reports_failures`: the mapping has ReportBatchItemFailures.
    """

    cause: int | None = None
    source: str | None = None
    messages: tuple[str, ...] = ()
    attempt: int = 1
    actor: str = "lambda"
    reports_failures: bool = False


NOTHING_KNOWN = Context()
_current: ContextVar[Context] = ContextVar("harness_invocation_context", default=NOTHING_KNOWN)


def current() -> Context:
    """The context of the invocation that this thread is about to make."""
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
