"""Tells when a LocalStack has come to rest, and lets time pass there.

Pure functions read work in progress off a snapshot of the account (`Snapshot`); `Settling` waits, or skips
the time in which nothing but timers is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harness import aws

LOOK_SECONDS = 0.03
"""Between two looks at what moves: shorter than any hop."""

GRACE_SECONDS = 2.0
"""So much longer `advance` takes while something goes on: cold starts take time that AWS has not."""

STUCK_SECONDS = 120.0
"""Real seconds in which something moves and nothing at all happens: longer than any SDK's back-off."""


@dataclass(frozen=True)
class Pending:
    """One thing that will still happen. `due`: in so many seconds; None: it goes on right now."""

    what: str
    due: float | None = None


@dataclass(frozen=True)
class Snapshot:
    """Work in progress. `activity` grows with everything that happens. `schedules` run for ever, so nobody
    waits for their next runs; but they run at their time while it passes."""

    activity: int
    pending: tuple[Pending, ...]
    schedules: tuple[Pending, ...] = ()

    @property
    def moving(self) -> list[str]:
        """Names of what goes on right now."""
        return list(dict.fromkeys(one.what for one in self.pending if one.due is None))

    @property
    def next_due(self) -> float | None:
        """Seconds until the first timer or schedule; None if there is none."""
        timers = (*self.pending, *self.schedules)
        return min((one.due for one in timers if one.due is not None), default=None)

    @property
    def names(self) -> list[str]:
        """Names of everything that is pending, what goes on first, then timers by their time."""
        ordered = sorted(self.pending, key=lambda one: -1.0 if one.due is None else one.due)
        return list(dict.fromkeys(one.what for one in ordered))


def pending_in(state: Mapping[str, Any], name_of: Callable[[str], str]) -> list[Pending]:
    """Work that the emulator itself is about to do, as the guest reports it."""
    now = float(state["now"])
    found = [*_queues(state, name_of, now), *_functions(state, name_of, now)]
    found += [Pending(str(timer["what"]), max(timer["due"] - now, 0.0)) for timer in state["timers"]]
    if state["provisioning"]:
        found.append(Pending("environments of provisioned concurrency"))
    if state["deliveries"]:
        found.append(Pending(f"{state['deliveries']} deliveries"))
    found += [Pending(f"execution of {name_of(arn)}") for arn in state["executions"]]
    if state["moves"]:
        found.append(Pending("messages on their way back from a dead-letter queue"))
    return found


def schedules_in(state: Mapping[str, Any]) -> list[Pending]:
    """The next runs of schedules. One that is due begins right now."""
    now = float(state["now"])
    left = [(str(each["what"]), each["due"] - now) for each in state["schedules"]]
    return [Pending(what, due if due > 0 else None) for what, due in left]


def with_held(state: dict[str, Any], held: Mapping[str, float]) -> dict[str, Any]:
    """The state in which functions whose call is held wait for that, or for their own deadline."""
    runs = [
        {**run, "parked": True, "deadline": min(run["deadline"], state["now"] + held[run["environment"]])}
        if run["environment"] in held
        else run
        for run in state["invocations"]
    ]
    return {**state, "invocations": runs}


def _queues(state: Mapping[str, Any], name_of: Callable[[str], str], now: float) -> list[Pending]:
    found = []
    for queue in state["queues"]:
        name = name_of(queue["arn"])
        if queue["visible"] and queue["consumed"]:
            found.append(Pending(f"messages in {name}"))
        hidden: Sequence[Mapping[str, Any]] = [*queue["in_flight"], *queue["delayed"]]
        found += [Pending(f"messages hidden in {name}", max(one["due"] - now, 0.0)) for one in hidden]
    return found


def _functions(state: Mapping[str, Any], name_of: Callable[[str], str], now: float) -> list[Pending]:
    found = [
        Pending(f"mapping of {name_of(mapping['function'])}")
        for mapping in state["mappings"]
        if mapping["moving"] > _parked(state, mapping["function"])
    ]
    for run in state["invocations"]:
        due = max(run["deadline"] - now, 0.0) if run["parked"] else None
        found.append(Pending(f"invocation of {name_of(run['function'])}", due))
    for waiting in state["asynchronous"]:
        name = name_of(waiting["function"])
        if waiting["visible"] or waiting["running"] > _parked(state, waiting["function"]):
            found.append(Pending(f"events for {name}"))
        found += [Pending(f"retry of {name}", max(due - now, 0.0)) for due in waiting["due"]]
    return found


def _parked(state: Mapping[str, Any], function: str) -> int:
    """The number of this function's runs that only wait for a moment."""
    runs = [run for run in state["invocations"] if _same(run["function"], function)]
    return sum(1 for run in runs if run["parked"])


def _same(one: str, other: str) -> bool:
    """The same function, whatever its version or alias."""
    return aws.unqualified(one) == aws.unqualified(other)


class Clock(Protocol):
    """Seconds since the run began."""

    def elapsed(self) -> float: ...


class Settling:
    """Lets time pass. `look` takes a snapshot; `skip` moves all clocks on, or is None where time is real."""

    def __init__(
        self, clock: Clock, look: Callable[[], Snapshot], skip: Callable[[float], object] | None
    ) -> None:
        self._clock = clock
        self._look = look
        self._skip = skip
        self.moving: list[str] = []

    def settle(self, within_seconds: float) -> bool:
        """Until nothing is pending. False: something still was when the time was up, see `moving`."""
        return self._pass(self._clock.elapsed() + within_seconds, stop_at_rest=True)

    def advance(self, seconds: float) -> None:
        """Until so many seconds have passed; what is due by then has begun, and what is quick is done."""
        self._pass(self._clock.elapsed() + seconds, stop_at_rest=False)

    def _pass(self, until: float, *, stop_at_rest: bool) -> bool:
        before, changed_at = self._look(), time.monotonic()
        while True:
            time.sleep(LOOK_SECONDS)
            now = self._look()
            still = now.activity == before.activity
            if not still:
                changed_at = time.monotonic()
            before, left = now, until - self._clock.elapsed()
            self.moving = now.names
            if stop_at_rest and still and not now.pending:
                return True
            if time.monotonic() - changed_at > STUCK_SECONDS:
                return False
            if left <= 0 and (stop_at_rest or not now.moving or left < -GRACE_SECONDS):
                return False
            if still and not now.moving and self._skip is not None:
                due = left if now.next_due is None else min(now.next_due, left)
                if due > LOOK_SECONDS:
                    self._skip(due)
