"""The types of resource that can be deployed: one module a service, one entry of its `TYPES` a type.

A new type is a function from `Making` (the resource, resolved) to `Created` (what Ref and GetAtt give),
and an entry in `TYPES` that names the properties it acts on and those it accepts without effect:

    def create_stream(making: Making) -> Created:
        name = making.name("Name")
        making.call("kinesis", "create_stream", StreamName=name, ShardCount=making.get("ShardCount", 1))
        arn = making.arn("kinesis", f"stream/{name}")
        making.named(arn, name)
        return Created(name, {"Arn": arn})

    TYPES = {"AWS::Kinesis::Stream": ResourceType(create_stream, properties("Name ShardCount"))}

`making.call` calls as boto3 does and turns "30" into 30 where the operation asks for a number; `making.named`
gives the history a name for it; errors of AWS and `making.error` become errors about the template.
A resource that nothing in a run depends on gets a `note` that says so, and is listed in `app.without_effect`.
Types of AWS that no module has are accepted in the same way, by AWS's schema: see `type_of`.
"""

from __future__ import annotations

from harness.app.resources import cloudformation
from harness.app.resources.accepted import accepted, accepted_types, made_up
from harness.app.resources.custom import custom, is_custom
from harness.app.resources.resource_type import Making, ResourceType
from harness.registry import Registry

__all__ = ["HOLD_STACKS", "TYPES", "Making", "ResourceType", "made_up", "type_of"]

TYPES: Registry[ResourceType] = Registry(
    __name__, "type of resource", lambda module: vars(module).get("TYPES", {})
)

HOLD_STACKS = frozenset(cloudformation.TYPES)
"""The types whose resources are stacks of their own."""


def types() -> set[str]:
    """The names of all types but custom ones."""
    return {*TYPES, *accepted_types()}


def type_of(kind: str) -> ResourceType | None:
    """A type of resource: one that a module has, a custom one, or one of AWS's that is accepted."""
    return TYPES.get(kind) or (custom(kind) if is_custom(kind) else accepted(kind))
