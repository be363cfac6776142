"""Step Functions: state machines with their versions and aliases, and activities."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from harness.app.definitions import PROPERTIES, filled, read_definition
from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties, tags_of
from harness.app.resources.shapes import text

_MACHINE = properties("EncryptionConfiguration LoggingConfiguration TracingConfiguration")
_JSONATA = re.compile(r'"QueryLanguage"\s*:\s*"JSONata"')
_SYNC = re.compile(r'"Resource"\s*:\s*"[^"]*\.sync(?::2)?"')


def create_machine(making: Making) -> Created:
    making.check_seen("stepfunctions")
    name, definition = making.name("StateMachineName"), _definition(making)
    for feature in _features(definition):
        making.check_seen(feature)
    given = {key[:1].lower() + key[1:]: _lower(value) for key, value in making.given(_MACHINE).items()}
    arn = making.call(
        "stepfunctions",
        "create_state_machine",
        name=name,
        definition=definition,
        roleArn=making.role(making.get("RoleArn")),
        type=making.get("StateMachineType") or "STANDARD",
        tags=_tags(making),
        **given,
    )["stateMachineArn"]
    making.named(arn, name)
    return Created(arn, {"Arn": arn, "Name": name, "StateMachineRevisionId": "INITIAL"})


def _features(definition: str) -> Iterator[str]:
    """What a definition needs that not every cloud has."""
    if _JSONATA.search(definition):
        yield "JSONata in state machines"
    if _SYNC.search(definition):
        yield "tasks that wait for another execution (.sync)"


def create_activity(making: Making) -> Created:
    name = making.name("Name")
    arn = making.call("stepfunctions", "create_activity", name=name, tags=_tags(making))["activityArn"]
    making.named(arn, name)
    return Created(arn, {"Arn": arn, "Name": name})


def create_version(making: Making) -> Created:
    given = {"description": making.get("Description")} if making.get("Description") else {}
    machine = making.need("StateMachineArn")
    made = making.call("stepfunctions", "publish_state_machine_version", stateMachineArn=machine, **given)
    arn = made["stateMachineVersionArn"]
    return Created(arn, {"Arn": arn})


def create_alias(making: Making) -> Created:
    given = {"description": making.get("Description")} if making.get("Description") else {}
    preference = making.get("DeploymentPreference")
    if preference:
        routing = [{"StateMachineVersionArn": preference["StateMachineVersionArn"], "Weight": 100}]
    else:
        routing = making.need("RoutingConfiguration")
    arn = making.call(
        "stepfunctions",
        "create_state_machine_alias",
        name=making.name("Name"),
        routingConfiguration=_lower(routing),
        **given,
    )["stateMachineAliasArn"]
    return Created(arn, {"Arn": arn})


def _definition(making: Making) -> str:
    """The definition as JSON, with its placeholders filled. Raises `TemplateError`."""
    given = [name for name in PROPERTIES if name in making.properties]
    if len(given) != 1:
        raise making.error(f"one of {', '.join(PROPERTIES)} says how it runs")
    written = making.get(given[0])
    substitutions = making.get("DefinitionSubstitutions") or {}
    values = {text(key): text(value) for key, value in substitutions.items()}
    if given[0] == "DefinitionS3Location":
        return _from_file(making, written, values)
    found = written if isinstance(written, str) else json.dumps(written)
    return filled(found, values)


def _from_file(making: Making, location: Any, values: Mapping[str, str]) -> str:
    """The definition in a local file."""
    if not isinstance(location, str):
        raise making.error(
            "its definition is on S3; use the template from before `sam package`, "
            "whose DefinitionUri is a local file",
            "DefinitionS3Location",
        )
    path = making.path(location)
    if not path.is_file():
        raise making.error(
            f"its definition {location} does not exist (looked at {path})", "DefinitionS3Location"
        )
    try:
        return read_definition(path.read_text(encoding="utf-8"), values)
    except yaml.YAMLError as problem:
        raise making.error(f"its definition {location} is neither JSON nor YAML: {problem}") from None


def _lower(value: Any) -> Any:
    """Members as the API writes them."""
    if isinstance(value, Mapping):
        return {name[:1].lower() + name[1:]: _lower(item) for name, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


def _tags(making: Making) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags_of(making).items()]


TYPES = {
    "AWS::StepFunctions::StateMachine": ResourceType(
        create_machine,
        _MACHINE
        | properties(
            "Definition DefinitionS3Location DefinitionString DefinitionSubstitutions RoleArn "
            "StateMachineName StateMachineType Tags"
        ),
    ),
    "AWS::StepFunctions::Activity": ResourceType(
        create_activity, properties("Name Tags"), properties("EncryptionConfiguration")
    ),
    "AWS::StepFunctions::StateMachineVersion": ResourceType(
        create_version,
        properties("Description StateMachineArn"),
        properties("StateMachineRevisionId"),
        part_of=properties("StateMachineArn"),
    ),
    "AWS::StepFunctions::StateMachineAlias": ResourceType(
        create_alias,
        properties("DeploymentPreference Description Name RoutingConfiguration"),
        properties("StateMachineArn"),
    ),
}
