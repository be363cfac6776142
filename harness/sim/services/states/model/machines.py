"""State machines, their versions and aliases, and activities."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.sim.activities import Signal
from harness.sim.services.states.language.definition import MachineDefinition

if TYPE_CHECKING:
    from harness.sim.services.states.model.tokens import Waiting

STANDARD, EXPRESS = "STANDARD", "EXPRESS"


@dataclass(frozen=True, slots=True)
class Revision:
    """A state machine as it stands at some time: what an execution of it goes by."""

    id: str
    definition: str
    parsed: MachineDefinition
    role: str
    logging: Mapping[str, Any]
    tracing: Mapping[str, Any]
    encryption: Mapping[str, Any]
    references: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MachineVersion:
    """A published revision."""

    arn: str
    number: int
    description: str
    revision: Revision
    created_at: float


@dataclass(slots=True)
class MachineAlias:
    """A name for one or two versions; `routing` are pairs of a version's ARN and its weight."""

    arn: str
    name: str
    description: str
    routing: list[tuple[str, int]]
    created_at: float
    updated_at: float


@dataclass(slots=True)
class Machine:
    """A state machine."""

    arn: str
    name: str
    kind: str
    revision: Revision
    created_at: float
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[int, MachineVersion] = field(default_factory=dict)
    last_version: int = 0
    aliases: dict[str, MachineAlias] = field(default_factory=dict)
    started: int = 0

    @property
    def is_express(self) -> bool:
        """Is it of the type EXPRESS?"""
        return self.kind == EXPRESS


@dataclass(slots=True)
class ActivityState:
    """An activity: `tasks` wait for a worker."""

    arn: str
    name: str
    created_at: float
    encryption: Mapping[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    tasks: deque[Waiting] = field(default_factory=deque)
    arrived: Signal = field(default_factory=Signal)
