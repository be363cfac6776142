"""One line of states that follow each other: an execution's own, a branch's, or an iteration's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.sim.services.states.language.scope import ABSENT, StateScope
from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model.document import Document
from harness.sim.services.states.model.executions import Line
from harness.sim.services.states.model.history import NOT_TRUNCATED

if TYPE_CHECKING:
    from harness.faults.active import Hit
    from harness.sim.services.states.interpreter.run import ExecutionRun


@dataclass(slots=True)
class Strand:
    """Where one line of states is. `outer`: the variables of those that it is within, which it only reads.

    `previous`: the event that the next one follows from. `context`: the context object. `hits`: faults that
    hit the state in which it is. `line`: how far it got.
    """

    run: ExecutionRun
    previous: int
    context: Mapping[str, Any]
    outer: Mapping[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    active: str = ""
    hits: list[Hit] = field(default_factory=list)
    line: Line = field(default_factory=Line)

    @property
    def variables(self) -> dict[str, Any]:
        """All that can be read."""
        return {**self.outer, **self.own}

    def inner(self, number: int, **context: Any) -> Strand:
        """A strand within this one: a branch, or an iteration."""
        return replace(
            self,
            context={**self.context, **context},
            outer=self.variables,
            own={},
            active="",
            hits=[],
            line=self.line.within(number),
        )

    def write(self, kind: str, member: str = "", details: Mapping[str, Any] | None = None) -> int:
        """Write an event, which the next one follows from."""
        self.previous = self.note(kind, member, details)
        return self.previous

    def note(self, kind: str, member: str = "", details: Mapping[str, Any] | None = None) -> int:
        """Write an event beside the line: the next one doesn't follow from it."""
        return self.run.execution.history.add(kind, self.previous, member, details)

    def scope(self, given: Any, *, result: Any = ABSENT, error: Any = ABSENT) -> StateScope:
        """What expressions can read."""
        kernel = self.run.world.kernel
        return StateScope(
            input=given,
            context=self.context,
            variables=self.variables,
            result=result,
            error_output=error,
            chance=kernel.chance(f"expressions of {self.run.place}"),
            now=kernel.now,
        )


def input_details(document: Document) -> dict[str, Any]:
    """The members of an event that show an input."""
    return {"input": document.text, "inputDetails": dict(NOT_TRUNCATED)}


def output_details(document: Document) -> dict[str, Any]:
    """The members of an event that show an output."""
    return {"output": document.text, "outputDetails": dict(NOT_TRUNCATED)}


def assigned_details(assigned: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an event that show variables which got a value."""
    if not assigned:
        return {}
    texts = {name: to_json(value) for name, value in assigned.items()}
    return {"assignedVariables": texts, "assignedVariablesDetails": dict(NOT_TRUNCATED)}
