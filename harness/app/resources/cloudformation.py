"""CloudFormation: stacks in stacks. What else it has is accepted."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties
from harness.app.resources.shapes import text


def create_stack(making: Making) -> Created:
    assert making.nested is not None  # whoever creates resources of templates can do that
    parameters = making.get("Parameters") or {}
    if not isinstance(parameters, dict):
        raise making.error("Parameters: expected a mapping", "Parameters")
    return making.nested(making, text(making.need("TemplateURL")), parameters)


TYPES = {
    "AWS::CloudFormation::Stack": ResourceType(
        create_stack,
        properties("Parameters TemplateURL"),
        properties(
            "Capabilities Description DisableRollback EnableTerminationProtection NotificationARNs "
            "RoleARN StackName StackPolicyBody StackPolicyURL Tags TimeoutInMinutes"
        ),
    ),
}
