"""Decisions of faults about one call, hop or invocation. Plain data: the doors act on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.aws import Parcel

Action = Literal[
    "pass",
    "refuse",
    "lose-request",
    "lose-answer",
    "delay",
    "copies",
    "partial",
    "kill",
    "alter",
    "skew",
    "environment",
    "stop",
]
KillHow = Literal["crash", "timeout", "oom", "init-failure", "throttle", "stop"]
WhichEnvironment = Literal["new", "beside", "kept"]
StopHow = Literal["pause", "restart", "restart-empty", "kill"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One decision. Use the constructors: each says which fields matter.

    >>> Decision.delay(30).seconds
    30
    """

    action: Action = "pass"
    code: str = ""
    message: str = ""
    status: int = 0
    retryable: bool = True
    fields: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    spread_seconds: float = 0.0
    copies_made: int = 1
    how: KillHow = "crash"
    which: WhichEnvironment = "new"
    stops: StopHow = "pause"
    after_call: int | None = None
    parcel: Parcel | None = None
    about: tuple[str, ...] = ()
    entries: tuple[int, ...] = ()

    @staticmethod
    def passed() -> Decision:
        """Nothing goes wrong here."""
        return PASSED

    @staticmethod
    def refuse(
        code: str,
        message: str = "",
        *,
        status: int = 400,
        retryable: bool = True,
        fields: Mapping[str, Any] | None = None,
    ) -> Decision:
        """The call is answered with this error, or the delivery fails with it. Nothing is applied.

        `retryable` matters on a hop only: a refusal that isn't goes straight to the dead-letter queue.
        """
        return Decision(
            action="refuse",
            code=code,
            message=message,
            status=status,
            retryable=retryable,
            fields=fields or {},
        )

    @staticmethod
    def lose_request() -> Decision:
        """The request never arrives; the caller sees a broken connection."""
        return Decision(action="lose-request")

    @staticmethod
    def lose_answer() -> Decision:
        """The request is applied, the answer gets lost. On a hop: delivered, yet taken for failed."""
        return Decision(action="lose-answer")

    @staticmethod
    def delay(seconds: float, *, spread_seconds: float = 0.0) -> Decision:
        """It takes so much longer to arrive, and up to `spread_seconds` more, by the run's seed."""
        return Decision(action="delay", seconds=seconds, spread_seconds=spread_seconds)

    @staticmethod
    def copies(count: int, *, apart_seconds: float = 0.0) -> Decision:
        """It arrives `count` times in all, each `apart_seconds` after the one before."""
        return Decision(action="copies", copies_made=count, seconds=apart_seconds)

    @staticmethod
    def partial(entries: tuple[int, ...], code: str, message: str = "") -> Decision:
        """These entries of a batch call (counted from 0) are not applied and are answered as failed."""
        return Decision(action="partial", entries=entries, code=code, message=message)

    @staticmethod
    def kill(how: KillHow = "crash", *, after_call: int | None = None) -> Decision:
        """The invocation dies: before the handler runs (`after_call=0`), after its nth API call, or, if
        None, after the work and before the result is out. For an execution in a state it is the same."""
        return Decision(action="kill", how=how, after_call=after_call)

    @staticmethod
    def alter(parcel: Parcel, about: tuple[str, ...] = ()) -> Decision:
        """Something else arrives than was sent. `about`: these of the messages are others."""
        return Decision(action="alter", parcel=parcel, about=about)

    @staticmethod
    def skew(seconds: float) -> Decision:
        """The invocation's clock is off by so much."""
        return Decision(action="skew", seconds=seconds)

    @staticmethod
    def environment(which: WhichEnvironment) -> Decision:
        """The invocation runs in a "new" environment instead of the warm one, in a new one "beside" that, or
        in one that was "kept" though it has been idle for too long."""
        return Decision(action="environment", which=which)

    @staticmethod
    def stop(how: StopHow, seconds: float) -> Decision:
        """The whole cloud does nothing for so long. "restart": what runs there dies; "restart-empty" and
        "kill": what it holds is lost, too."""
        return Decision(action="stop", stops=how, seconds=seconds)


PASSED = Decision()
