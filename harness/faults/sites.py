"""Sites at which a fault can act: a call, a hop, an invocation, an execution or a state of one.

All names are display names: the template's logical ids where there are any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.aws import Parcel
from harness.faults.ends import UNKNOWN, Ends
from harness.frozen import making, quickly_made

TEST = "test"
"""The actor of the calls that the test itself makes."""


@quickly_made
@dataclass(frozen=True, slots=True)
class Call:
    """One API request. `attempt` counts the SDK's own tries of one logical call, from 1.

    `looks`: a handle or an invariant makes it to see how things stand. No fault hits that unless it names
    the test as its `actor`.

    `others` are further resources that the same request touches, as a transaction over two tables does.

    `unexposed`: no fault of the network between the cloud and its callers is meant for it, as the cloud
    itself makes it.
    """

    operation: str
    resource: str | None
    actor: str
    region: str
    others: tuple[str, ...] = ()
    attempt: int = 1
    invocation_id: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    looks: bool = False
    unexposed: bool = False


make_call = making(Call)


@quickly_made
@dataclass(frozen=True, slots=True)
class Hop:
    """One delivery that the cloud makes. `parcel` is what is delivered; the ARNs say from where to where.

    `marked` are those of the messages that a fault which sticks to a message is about.
    """

    source: str
    target: str
    messages: tuple[str, ...]
    attempt: int = 1
    parcel: Parcel | None = None
    source_arn: str = ""
    target_arn: str = ""
    marked: tuple[str, ...] = ()
    ends: Ends = UNKNOWN


@quickly_made
@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a function, about to start."""

    function: str
    request_id: str
    messages: tuple[str, ...] = ()
    attempt: int = 1
    cold: bool = False


@dataclass(frozen=True, slots=True)
class MachineRun:
    """One run of a state machine, about to start. `repeatable`: the cloud may run it more than once."""

    machine: str
    name: str
    messages: tuple[str, ...] = ()
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class StateEntry:
    """A state that an execution enters. `waits_for_token`: it goes on when a token comes back; `stoppable`:
    the execution can be stopped from outside."""

    machine: str
    state: str
    execution: str = ""
    messages: tuple[str, ...] = ()
    waits_for_token: bool = False
    stoppable: bool = False


Site = Call | Hop | Invocation | MachineRun | StateEntry
