"""Names and ARNs of Step Functions.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.sim.services.service import Caller

ARN = re.compile(
    r"arn:(?P<partition>aws[\w-]*):states:(?P<region>[\w-]+):(?P<account>\d{12}):(?P<kind>[A-Za-z]+):(?P<rest>.+)"
)


@dataclass(frozen=True, slots=True)
class StatesArn:
    """The parts of an ARN of this service: `kind` is stateMachine, execution, express, activity or mapRun."""

    region: str
    account: str
    kind: str
    parts: tuple[str, ...]


def parse(text: str) -> StatesArn | None:
    """The parts of an ARN; None if it is none of this service.

    >>> parse("arn:aws:states:us-east-1:123456789012:stateMachine:Saga:live").parts
    ('Saga', 'live')
    """
    found = ARN.fullmatch(text)
    if found is None:
        return None
    return StatesArn(found["region"], found["account"], found["kind"], tuple(found["rest"].split(":")))


def machine_arn(caller: Caller, name: str) -> str:
    """The ARN of a state machine."""
    return f"arn:aws:states:{caller.region}:{caller.account}:stateMachine:{name}"


def activity_arn(caller: Caller, name: str) -> str:
    """The ARN of an activity."""
    return f"arn:aws:states:{caller.region}:{caller.account}:activity:{name}"


def base_of(arn: str) -> str:
    """The ARN of a state machine without version or alias.

    >>> base_of("arn:aws:states:us-east-1:123456789012:stateMachine:Saga:1")
    'arn:aws:states:us-east-1:123456789012:stateMachine:Saga'
    """
    return ":".join(arn.split(":")[:7])


def qualifier_of(arn: str) -> str:
    """The version or alias in the ARN of a state machine, or an empty text."""
    return ":".join(arn.split(":")[7:])


def execution_arn(machine: str, name: str, *, unique: str = "", label: str = "") -> str:
    """The ARN of an execution. `unique`: of an express one. `label`: of a child of a map run."""
    parts = base_of(machine).split(":")
    kind = "express" if unique else "execution"
    owner = f"{parts[6]}/{label}" if label else parts[6]
    arn = f"arn:aws:states:{parts[3]}:{parts[4]}:{kind}:{owner}:{name}"
    return f"{arn}:{unique}" if unique else arn


def map_run_arn(machine: str, label: str, unique: str) -> str:
    """The ARN of a map run."""
    parts = base_of(machine).split(":")
    return f"arn:aws:states:{parts[3]}:{parts[4]}:mapRun:{parts[6]}/{label}:{unique}"
