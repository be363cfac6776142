"""Fault points: the places in a history where a fault can land, as data.

`harness.explore.points` finds them; each kind of fault says what of it can land there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.ends import UNKNOWN, Ends
from harness.history.traces import Token
from harness.plan import Fault

MARGIN_SECONDS = 1.0
"""A margin after a moment: surely later, and long enough for anything else to overtake."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A place in a history where a fault can land.

    `place` and `number` are its name; `shown` is the number where `place` stands for several places. `path`
    is the path of causes that led there; `alike` is what it shares with points that are as good: same path,
    same shape of message, same position. `at` is in virtual seconds, `seq` its event.
    """

    place: str
    number: int
    path: str
    alike: str
    seq: int
    at: float
    held: frozenset[Token] = frozenset()
    lineage: frozenset[Token] = frozenset()
    shown: int = 0

    covers_all: ClassVar[bool] = False
    """Does a fault here go on, so that the points that are alike need none of their own?"""

    @property
    def name(self) -> str:
        """Its name, stable for equal causes."""
        return f"{self.place} #{self.shown or self.number}"


@dataclass(frozen=True, kw_only=True)
class CallPoint(Point):
    """An API request. `number` counts its tries, too; `logical` doesn't count what the SDK repeats, as which
    it is `repeated`.

    `lapses_after` are the seconds until a message that the caller holds becomes visible again, `time_left`
    those until the caller's timeout ends it, `waited_for` those after which the state that calls gives up, or
    its execution.
    """

    operation: str
    resource: str | None
    actor: str
    logical: int
    repeated: bool
    writes: bool
    lapses_after: float | None = None
    time_left: float | None = None
    waited_for: float | None = None

    @property
    def by_test(self) -> bool:
        """Does the test itself make it?"""
        return self.actor == "test"


@dataclass(frozen=True, kw_only=True)
class HopPoint(Point):
    """A delivery. `first_message` counts the messages that have passed here, its own first one included."""

    source: str
    target: str
    ends: Ends = UNKNOWN
    first_message: int | None = None
    lapses_after: float | None = None


@dataclass(frozen=True, kw_only=True)
class InvocationPoint(Point):
    """The boundary of a run of a function; `after_call`: just after the nth call that it makes, which is a
    side effect: `call`, the event `call_seq`. None: its beginning and its end, or `begun`: its end alone.

    `warm`: its environment has run before. `replaced`: it is cold, though an environment that had run before
    was left, and had been idle for too long.
    """

    function: str
    after_call: int | None = None
    call: str = ""
    call_seq: int | None = None
    begun: bool = False
    warm: bool = False
    replaced: bool = False

    @property
    def is_beginning(self) -> bool:
        """Can something go wrong here before the handler runs?"""
        return self.after_call is None and not self.begun


@dataclass(frozen=True, kw_only=True)
class ExecutionPoint(Point):
    """The beginning of an execution; `repeatable`: the cloud may run it more than once."""

    machine: str
    repeatable: bool = False


@dataclass(frozen=True, kw_only=True)
class StatePoint(Point):
    """An execution that enters a state; `is_first`: its first one. See `StateEntry` for the rest."""

    machine: str
    state: str
    is_first: bool = False
    waits_for_token: bool = False
    stoppable: bool = False


@dataclass(frozen=True, kw_only=True)
class ServicePoint(Point):
    """A resource that the app uses, at its first use on a path (a state machine's, at the first of each
    operation), or when a timer of it fires."""

    service: str
    resource: str
    covers_all: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class RoutePoint(Point):
    """All deliveries from one place to another; the two closest that can overtake one another are
    `gap_seconds` apart."""

    source: str
    target: str
    ends: Ends = UNKNOWN
    gap_seconds: float = 0.0
    covers_all: ClassVar[bool] = True


@dataclass(frozen=True)
class Candidate:
    """A fault that hits exactly one point, in a run that is equal up to there.

    `label` says which, for reports: the kind, and how if there are several of that kind.
    """

    label: str
    fault: Fault

    @property
    def kind(self) -> str:
        """The kind of fault."""
        return self.fault.kind


def past(seconds: float) -> float:
    """A little later than that."""
    return round(seconds + MARGIN_SECONDS, 3)
