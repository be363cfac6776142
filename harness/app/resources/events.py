"""EventBridge: buses and their policies, rules, archives, connections, API destinations."""

from __future__ import annotations

from typing import Any

from harness import aws
from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties, tag_list
from harness.app.resources.shapes import text
from harness.aws import Role

_BUS = properties("DeadLetterConfig Description KmsKeyIdentifier LogConfig")
_RULE = properties("Description EventBusName RoleArn ScheduleExpression State")
_ARCHIVE = properties("Description KmsKeyIdentifier RetentionDays")
_CONNECTION = properties(
    "AuthParameters AuthorizationType Description InvocationConnectivityParameters KmsKeyIdentifier"
)
_DESTINATION = properties(
    "ConnectionArn Description HttpMethod InvocationEndpoint InvocationRateLimitPerSecond"
)
_DEFAULT_BUS = "default"


def create_bus(making: Making) -> Created:
    name = making.name("Name", limit=256)
    arn = making.call("events", "create_event_bus", Name=name, Tags=tag_list(making), **making.given(_BUS))[
        "EventBusArn"
    ]
    making.named(arn, name, service="events")
    if making.get("Policy"):
        making.call("events", "put_permission", EventBusName=name, Policy=text(making.get("Policy")))
    return Created(name, {"Arn": arn, "Name": name, "Policy": text(making.get("Policy") or "")})


def create_rule(making: Making) -> Created:
    making.check_seen("events")
    name = making.name("Name", limit=64)
    pattern = making.get("EventPattern")
    arguments = making.given(_RULE) | ({"EventPattern": text(pattern)} if pattern is not None else {})
    arn = making.call("events", "put_rule", Name=name, Tags=tag_list(making), **arguments)["RuleArn"]
    making.named(arn)
    bus = text(making.get("EventBusName") or _DEFAULT_BUS)
    targets = [_target(target) for target in making.get("Targets") or ()]
    for target in targets:
        _check_seen(making, text(target.get("Arn") or ""))
    if targets:
        making.call("events", "put_targets", Rule=name, EventBusName=bus, Targets=targets)
    bus_name = bus.rpartition("/")[2]
    ref = name if bus_name == _DEFAULT_BUS else f"{bus_name}|{name}"
    return Created(ref, {"Arn": arn, "RuleName": name})


def create_bus_policy(making: Making) -> Created:
    bus, statement = making.get("EventBusName", _DEFAULT_BUS), making.get("Statement")
    if statement is not None:
        policy = text(
            {"Version": "2012-10-17", "Statement": [{"Sid": making.need("StatementId"), **statement}]}
        )
        making.call("events", "put_permission", EventBusName=bus, Policy=policy)
    else:
        given = making.given(properties("Action Condition Principal StatementId"))
        making.call("events", "put_permission", EventBusName=bus, **given)
    return Created(making.logical_id)


def create_archive(making: Making) -> Created:
    making.check_seen("archives of events")
    name, pattern = making.name("ArchiveName", limit=48), making.get("EventPattern")
    arn = making.call(
        "events",
        "create_archive",
        ArchiveName=name,
        EventSourceArn=making.need("SourceArn"),
        **making.given(_ARCHIVE),
        **({"EventPattern": text(pattern)} if pattern is not None else {}),
    )["ArchiveArn"]
    return Created(name, {"Arn": arn})


def create_connection(making: Making) -> Created:
    name = making.name("Name", limit=64)
    arn = making.call("events", "create_connection", Name=name, **making.given(_CONNECTION))["ConnectionArn"]
    secret = making.call("events", "describe_connection", Name=name)["SecretArn"]
    return Created(name, {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0], "SecretArn": secret})


def create_destination(making: Making) -> Created:
    making.check_seen("API destinations")
    name = making.name("Name", limit=64)
    made = making.call("events", "create_api_destination", Name=name, **making.given(_DESTINATION))
    arn = made["ApiDestinationArn"]
    making.named(arn)
    return Created(name, {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0]})


def _check_seen(making: Making, target: str) -> None:
    """Raise `Unsupported` if the cloud doesn't see what becomes of an event at a target."""
    service = aws.service_of(target)
    if service is not None and aws.role_of(target) is not Role.LEAVES:
        making.check_seen(service.name)


def _target(given: Any) -> dict[str, Any]:
    """A target as the API takes it: texts are texts."""
    target = dict(given)
    if "Input" in target:
        target["Input"] = text(target["Input"])
    if "InputTransformer" in target:
        transformer = dict(target["InputTransformer"])
        target["InputTransformer"] = transformer | {"InputTemplate": text(transformer["InputTemplate"])}
    return target


TYPES = {
    "AWS::Events::EventBus": ResourceType(
        create_bus, _BUS | properties("Name Policy Tags"), properties("EventSourceName"), tells=True
    ),
    "AWS::Events::Rule": ResourceType(
        create_rule,
        _RULE | properties("EventPattern Name Tags Targets"),
        part_of=properties("EventBusName Targets.Arn"),
    ),
    "AWS::Events::EventBusPolicy": ResourceType(
        create_bus_policy,
        properties("Action Condition EventBusName Principal Statement StatementId"),
        part_of=properties("EventBusName"),
    ),
    "AWS::Events::Archive": ResourceType(
        create_archive,
        _ARCHIVE | properties("ArchiveName EventPattern SourceArn"),
        part_of=properties("SourceArn"),
    ),
    "AWS::Events::Connection": ResourceType(create_connection, _CONNECTION | properties("Name")),
    "AWS::Events::ApiDestination": ResourceType(
        create_destination, _DESTINATION | properties("Name"), part_of=properties("ConnectionArn")
    ),
    "AWS::Events::Endpoint": ResourceType(
        named_only("events", "endpoint/", "Name"), note="all of a run is in one region"
    ),
    "AWS::EventSchemas::Registry": ResourceType(
        named_only("schemas", "registry/", "RegistryName"), note="schemas of events are for people to read"
    ),
    "AWS::EventSchemas::Discoverer": ResourceType(
        named_only("schemas", "discoverer/", "Description"), note="schemas of events are for people to read"
    ),
    "AWS::EventSchemas::Schema": ResourceType(
        named_only("schemas", "schema/", "SchemaName"), note="schemas of events are for people to read"
    ),
}
