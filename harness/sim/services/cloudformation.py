"""CloudFormation, as far as scripts and handlers read what was deployed: its stacks and what they export.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar

from harness import aws
from harness.cloud import DeployedStack
from harness.sim.services.service import (
    Caller,
    Delivered,
    Delivery,
    DeliveryFailed,
    Operation,
    Params,
    ServiceError,
)
from harness.sim.world import World


class CloudFormation:
    """Tells of the stacks that were deployed; templates are deployed without it."""

    facts: ClassVar = aws.service("cloudformation")

    def __init__(self, world: World) -> None:
        self._world = world
        self._stacks: dict[str, tuple[DeployedStack, datetime]] = {}
        self.operations: Mapping[str, Operation] = {
            "DescribeStacks": self.describe_stacks,
            "ListExports": self.list_exports,
        }

    def put_stack(self, stack: DeployedStack) -> None:
        """Keep a stack, in place of what was known of it."""
        _, created = self._stacks.get(stack.id, (stack, datetime.fromtimestamp(self._world.kernel.now, UTC)))
        self._stacks[stack.id] = stack, created

    def deliver(self, delivery: Delivery) -> Delivered:
        """Nothing can be delivered to a stack."""
        raise DeliveryFailed("ValidationError", f"{delivery.target} takes nothing", retryable=False)

    def describe_stacks(self, params: Params, caller: Caller) -> Params:
        """The newest first. A stack goes by its name or its id."""
        wanted = params.get("StackName")
        found = [
            _described(stack, created)
            for stack, created in reversed(self._stacks.values())
            if wanted in (None, stack.id, stack.name) and stack.region == caller.region
        ]
        if wanted is not None and not found:
            raise ServiceError("ValidationError", f"Stack with id {wanted} does not exist")
        return {"Stacks": found}

    def list_exports(self, params: Params, caller: Caller) -> Params:
        """What all stacks export, by name."""
        exports = [
            {"ExportingStackId": stack.id, "Name": output.exported_as, "Value": output.value}
            for stack, _ in self._stacks.values()
            for output in stack.outputs
            if output.exported_as and stack.region == caller.region
        ]
        return {"Exports": sorted(exports, key=lambda each: each["Name"])}


def _described(stack: DeployedStack, created: datetime) -> Params:
    shown: Params = {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": created,
        "RollbackConfiguration": {},
        "StackStatus": "CREATE_COMPLETE" if stack.complete else "CREATE_IN_PROGRESS",
        "DisableRollback": False,
        "NotificationARNs": [],
        "Tags": [],
        "EnableTerminationProtection": False,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    if stack.description:
        shown["Description"] = stack.description
    if stack.parameters:
        shown["Parameters"] = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in stack.parameters.items()
        ]
    if stack.outputs:
        shown["Outputs"] = [
            {"OutputKey": each.key, "OutputValue": each.value}
            | ({"Description": each.description} if each.description else {})
            | ({"ExportName": each.exported_as} if each.exported_as else {})
            for each in stack.outputs
        ]
    return shown


MOVER = CloudFormation
