"""State machines that Step Functions doesn't make."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.machines import machines
from harness.lint.rule import REFUSED, Problem, Rule
from harness.lint.wiring import Wiring

TRANSITIONS = "MISSING_TRANSITION_TARGET"


def definition_refused(app: Wiring) -> Iterator[Problem]:
    """Step Functions refuses the definition of a state machine, so the stack can't be deployed.

    A state names one that isn't there as its Next, no state leads to it, it has neither Next nor End, or a
    field isn't allowed there. The message is that of ValidateStateMachineDefinition, with the place in the
    definition. Change it there.
    """
    from harness.sim.services.states.language.validation import STANDARD, problems

    for machine in machines(app):
        kind = machine.resource.at("StateMachineType")
        kind = kind if isinstance(kind, str) else STANDARD
        *others, last = (problems(definition, kind) for definition in machine.definitions)
        for found in last:
            certain = found.code == TRANSITIONS or all(found in other for other in others)
            if found.severity == "ERROR" and certain:
                what = f"Step Functions refuses its definition: {found}"
                yield Problem(machine.resource, what, REFUSED, (machine.written_in,))


RULE = Rule(
    "definition-refused",
    "https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html",
    definition_refused,
)
