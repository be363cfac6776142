"""EventBridge Pipes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties, tags_of
from harness.app.resources.shapes import text

_PIPE = properties(
    "Description DesiredState Enrichment KmsKeyIdentifier LogConfiguration RoleArn Source SourceParameters "
    "Target"
)
_WITH_TEMPLATE = properties("EnrichmentParameters TargetParameters")


def takes_what_is_not_here(properties: Mapping[str, Any]) -> str:
    """Why a pipe has no effect; "" if it has."""
    source = properties.get("SourceParameters")
    if not isinstance(source, Mapping) or not _FOREIGN & source.keys():
        return ""
    return "nothing here is what it takes from (Kafka, MQ); invoke its target with an event"


def create_pipe(making: Making) -> Created:
    if takes_what_is_not_here(making.properties):
        return named_only("pipes", "pipe/", "Name")(making)
    making.check_seen("pipes")
    name, tags = making.name("Name", limit=64), tags_of(making)
    templated = {key: _templated(value) for key, value in making.given(_WITH_TEMPLATE).items()}
    given = (
        making.given(_PIPE)
        | {"RoleArn": making.role(making.get("RoleArn"))}
        | templated
        | ({"Tags": tags} if tags else {})
    )
    made = making.call("pipes", "create_pipe", Name=name, **given)
    making.named(made["Arn"], name, service="pipes")
    shown = making.call("pipes", "describe_pipe", Name=name)
    return Created(
        name,
        {"Arn": made["Arn"], **{key: shown[key] for key in ("CurrentState", "StateReason") if key in shown}},
    )


_FOREIGN = properties(
    "ActiveMQBrokerParameters ManagedStreamingKafkaParameters RabbitMQBrokerParameters "
    "SelfManagedKafkaParameters"
)
"""Parameters for sources that aren't here."""


def _templated(given: Any) -> Any:
    """Parameters as the API takes them: an input template is a text."""
    return given | {"InputTemplate": text(given["InputTemplate"])} if "InputTemplate" in given else given


TYPES = {
    "AWS::Pipes::Pipe": ResourceType(
        create_pipe,
        _PIPE | _WITH_TEMPLATE | properties("Name Tags"),
        idle=takes_what_is_not_here,
        part_of=properties("Enrichment Source Target"),
    )
}
