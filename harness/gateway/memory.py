"""The state that both doors share: names, runs and their environments, work in progress, the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from harness.cloud import Sent
from harness.faults import doors
from harness.faults.active import Hit
from harness.gateway.clock import RunClock
from harness.gateway.verbs import Fields
from harness.history import Event, Recorder
from harness.history.places import Names

EMULATOR = "emulator"
"""The actor where the emulator does something by itself for an unknown reason."""

MAPPING = "mapping:"
"""Prefix of a function's name where its mapping acts."""


@dataclass(slots=True)
class KnownEnvironment:
    """An execution environment. `invocation` is the event of its run, None between runs.

    `kill`: how it must die once `dies_after` API calls are answered, by `dying`. `dead`: its calls have no
    effect. `over`: set when the run has ended.
    """

    id: str
    function: str
    invocation: Event | None = None
    kill: str | None = None
    dies_after: int = 0
    dying: Hit | None = None
    calls: int = 0
    dead: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, invocation: Event, kill: Mapping[str, Any] | None, dying: Hit | None = None) -> None:
        """It runs from now on."""
        self.invocation, self.calls = invocation, 0
        self.over.clear()
        by_call = kill is not None and kill["when"] == "call"
        self.kill, self.dies_after = (kill["how"], kill["nth"]) if kill and by_call else (None, 0)
        self.dying = dying

    def finish(self, *, deadly: bool) -> None:
        """The run has ended. `deadly`: the environment with it."""
        self.invocation = self.kill = None
        self.dead = self.dead or deadly
        self.over.set()


@dataclass(eq=False, slots=True)
class UnderWay:
    """One thing that goes on. `due`: until when it is held, in seconds of the run; None: it isn't.

    `environment`: whose call it is, for calls of functions.
    """

    what: str
    due: float | None = None
    environment: str = ""


@dataclass
class Memory:
    """One run's. `activity` counts what began. `stand_for`: names that the cloud made up, and the ARNs of
    what they stand for. `apps`: functions, by the id that their SDK gives. `untold`: what went wrong when the
    guest wanted to tell something. `stop`: does what a fault of the whole cloud says; returns when that is
    back."""

    recorder: Recorder
    names: Names
    clock: RunClock
    account: str
    environments: dict[str, KnownEnvironment] = field(default_factory=dict)
    outbox: list[Sent] = field(default_factory=list)
    stand_for: dict[str, str] = field(default_factory=dict)
    apps: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)
    activity: int = 0
    stop: Callable[[Hit], object] | None = None
    _under_way: dict[UnderWay, None] = field(default_factory=dict)

    def name_of(self, physical: str) -> str:
        """The name in the history of an ARN, or of an address outside the cloud."""
        return self.names.of(physical)

    def seq(self, fields: Fields, name: str) -> int | None:
        """A field that names an event, or null. Raises `BadRequest` if there is no such event."""
        seq = fields.optional_number(name)
        if seq is not None and seq >= len(self.recorder):
            raise fields.wrong(name, "the number of an event that was recorded")
        return seq

    def actor(self, fields: Fields, cause: int | None) -> str:
        """The actor: the one that the guest names, by display name, or the one behind the cause."""
        told = fields.text("actor", "")
        if told.startswith(MAPPING):
            return MAPPING + self.name_of(told.removeprefix(MAPPING))
        if told:
            return self.name_of(told) if told.startswith("arn:") else told
        return EMULATOR if cause is None else self.recorder.event(cause).actor

    def begin(self, what: str, environment: str = "") -> UnderWay:
        """From now on this goes on; `end` it."""
        self.activity += 1
        one = UnderWay(what, environment=environment)
        self._under_way[one] = None
        return one

    def end(self, one: UnderWay) -> None:
        """It is over."""
        self._under_way.pop(one, None)

    def under_way(self) -> list[tuple[str, float | None]]:
        """Work in progress, and the time until which it is held. May be called from any thread."""
        return [(one.what, one.due) for one in list(self._under_way)]

    def held_environments(self) -> dict[str, float]:
        """Environments whose call is held, and until when. May be called from any thread."""
        going = [one for one in list(self._under_way) if one.environment and one.due is not None]
        return {one.environment: one.due for one in going if one.due is not None}

    async def stopped(self, hits: Iterable[Hit]) -> bool:
        """Let the whole cloud stop if one of these says so. True: whatever was under way is lost."""
        hit = doors.first(hits, "stop")
        if hit is None or self.stop is None:
            return False
        await asyncio.to_thread(self.stop, hit)
        return hit.decision.stops != "pause"

    def forget_work(self) -> None:
        """Whatever went on inside of the emulator is gone."""
        self._under_way.clear()
        for environment in self.environments.values():
            environment.dead = True
            environment.over.set()

    async def hold(self, seconds: float, one: UnderWay | None, what: str) -> None:
        """Let so many seconds of the run pass; meanwhile this is what waits."""
        due = self.clock.elapsed() + seconds
        if one is not None:
            one.due = due
        try:
            await self.clock.sleep_until(due, what)
        finally:
            if one is not None:
                one.due = None

    @contextmanager
    def going_on(self, what: str) -> Iterator[UnderWay]:
        """While inside, this goes on."""
        one = self.begin(what)
        try:
            yield one
        finally:
            self.end(one)
