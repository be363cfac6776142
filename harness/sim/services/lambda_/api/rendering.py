"""Configurations of functions as answers show them.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

from harness.sim.services.lambda_.model.functions import FunctionState, Version
from harness.sim.services.lambda_.model.naming import LATEST, runtime_arn
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Params

_NOT_IN_LISTS = ("State", "LastUpdateStatus", "RuntimeVersionConfig")


def render(
    function: FunctionState, version: Version, *, qualifier: str | None = None, registry: FunctionRegistry
) -> Params:
    """FunctionConfiguration, as it is once everything has settled."""
    configuration = version.configuration
    others = configuration.others
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.id.name}"}
    answer: Params = {
        "FunctionName": function.id.name,
        "FunctionArn": f"{function.id.arn}:{qualifier}" if qualifier else function.id.arn,
        "Role": configuration.role,
        "Runtime": configuration.runtime,
        "Handler": configuration.handler,
        "CodeSize": configuration.code.size,
        "CodeSha256": configuration.code.sha256,
        "Description": configuration.description,
        "Timeout": configuration.timeout_seconds,
        "MemorySize": configuration.memory_mb,
        "LastModified": configuration.last_modified,
        "Version": version.number,
        "RevisionId": configuration.revision,
        "PackageType": "Zip",
        "Architectures": others.get("Architectures", ["x86_64"]),
        "EphemeralStorage": others.get("EphemeralStorage", {"Size": 512}),
        "TracingConfig": others.get("TracingConfig", {"Mode": "PassThrough"}),
        "SnapStart": _snap_start(version),
        "LoggingConfig": logging | others.get("LoggingConfig", {}),
        "RuntimeVersionConfig": {"RuntimeVersionArn": runtime_arn(configuration.runtime, function.id.region)},
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }
    for name in ("VpcConfig", "FileSystemConfigs", "KMSKeyArn"):
        if others.get(name):
            answer[name] = others[name]
    if configuration.variables is not None:
        answer["Environment"] = {"Variables": dict(configuration.variables)}
    if configuration.dead_letter_target:
        answer["DeadLetterConfig"] = {"TargetArn": configuration.dead_letter_target}
    if configuration.durable is not None:
        answer["DurableConfig"] = configuration.durable.rendered()
    if configuration.keeps_tenants_apart:
        answer["TenancyConfig"] = {"TenantIsolationMode": "PER_TENANT"}
    if configuration.layers:
        answer["Layers"] = [_layer(arn, registry) for arn in configuration.layers]
    return answer


def being_created(answer: Params) -> Params:
    """The configuration as CreateFunction answers it: the function is active right after."""
    rest = {name: value for name, value in answer.items() if name != "LastUpdateStatus"}
    return rest | {
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
    }


def being_updated(answer: Params) -> Params:
    """The configuration as an update answers it: the update has succeeded right after."""
    return answer | {
        "LastUpdateStatus": "InProgress",
        "LastUpdateStatusReason": "The function is being created.",
        "LastUpdateStatusReasonCode": "Creating",
    }


def in_list(answer: Params) -> Params:
    """The configuration as one of many: lists say nothing of states."""
    return {name: value for name, value in answer.items() if name not in _NOT_IN_LISTS}


def _snap_start(version: Version) -> Params:
    applied = version.configuration.others.get("SnapStart", {}).get("ApplyOn", "None")
    optimized = applied == "PublishedVersions" and version.number != LATEST
    return {"ApplyOn": applied, "OptimizationStatus": "On" if optimized else "Off"}


def _layer(arn: str, registry: FunctionRegistry) -> Params:
    version = registry.layer_version(arn)
    return {"Arn": arn, "CodeSize": version.code.size if version else 0}
