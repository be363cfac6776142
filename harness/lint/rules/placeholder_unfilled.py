"""Placeholders of definitions that nothing fills."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.machines import machines
from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Wiring
from harness.near import near


def placeholder_unfilled(app: Wiring) -> Iterator[Problem]:
    """The definition of a state machine has a placeholder that DefinitionSubstitutions doesn't fill.

    CloudFormation leaves it as it is: a task with `${Bill}` as its resource is refused, and elsewhere the
    state machine works with these very characters. Add the name to DefinitionSubstitutions.
    """
    for machine in machines(app):
        names = machine.resource.at("DefinitionSubstitutions") or {}
        for name in machine.unfilled:
            what = f"its definition has ${{{name}}}, which DefinitionSubstitutions doesn't fill"
            hint = near(name, names) if names else ""
            yield Problem(
                machine.resource,
                f"{what}{hint}",
                f"add {name} to DefinitionSubstitutions",
                ("DefinitionSubstitutions",),
            )


RULE = Rule(
    "placeholder-unfilled",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
    "aws-resource-stepfunctions-statemachine.html",
    placeholder_unfilled,
)
