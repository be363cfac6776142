"""Configurations of functions: from parameters, and checked.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harness.sim.services.lambda_.api import runtimes
from harness.sim.services.lambda_.errors import invalid, stale
from harness.sim.services.lambda_.model import durable
from harness.sim.services.lambda_.model.functions import Configuration
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Params, ServiceError

TIMEOUT_SECONDS_MAX = 900
MEMORY_MB_MAX = 10_240
VARIABLES_BYTES_MAX = 4096
LAYERS_MAX = 5
RESERVED_VARIABLES = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""

_SIMPLE = {
    "Role": "role",
    "Runtime": "runtime",
    "Handler": "handler",
    "Description": "description",
    "Timeout": "timeout_seconds",
    "MemorySize": "memory_mb",
}
_KEPT = ("Architectures", "EphemeralStorage", "FileSystemConfigs", "KMSKeyArn", "SnapStart", "TracingConfig")
_LEVELS = ("ApplicationLogLevel", "SystemLogLevel")


class Configurations:
    """Makes configurations from parameters. `vpc_of` gives the network of a subnet."""

    def __init__(self, registry: FunctionRegistry, vpc_of: Callable[[str, str], str]) -> None:
        self._registry = registry
        self._vpc_of = vpc_of

    def changed(self, before: Configuration, params: Params, caller: Caller) -> Configuration:
        """A configuration with what the parameters say. Raises `ServiceError`."""
        if params.get("Environment") is not None:
            _check_variables(params["Environment"].get("Variables") or {})
        changes = self._changes(before, params, caller)
        if params.get("Runtime"):
            runtimes.check(params["Runtime"])
        others = {name: params[name] for name in _KEPT if params.get(name) is not None}
        if params.get("LoggingConfig"):
            others["LoggingConfig"] = _logging(
                before.others.get("LoggingConfig", {}), params["LoggingConfig"]
            )
        if params.get("VpcConfig") is not None:
            others["VpcConfig"] = self._network(params["VpcConfig"], caller)
        result = replace(before, **changes, others={**before.others, **others})
        _check(result)
        return result

    def _changes(self, before: Configuration, params: Params, caller: Caller) -> dict[str, Any]:
        found = {ours: params[theirs] for theirs, ours in _SIMPLE.items() if params.get(theirs) is not None}
        if params.get("Layers") is not None:
            if len(params["Layers"]) > LAYERS_MAX:
                raise invalid(f"Cannot reference more than {LAYERS_MAX} layers.")
            self._registry.check_layers(params["Layers"], caller)
            found["layers"] = tuple(params["Layers"])
        if params.get("Environment") is not None:
            found["variables"] = dict(params["Environment"].get("Variables") or {})
        if params.get("DeadLetterConfig") is not None:
            found["dead_letter_target"] = params["DeadLetterConfig"].get("TargetArn") or None
        if params.get("TenancyConfig") is not None:
            found["keeps_tenants_apart"] = True
        if params.get("DurableConfig") is not None:
            found["durable"] = durable.changed(before.durable, params["DurableConfig"])
        return found

    def _network(self, asked: Params, caller: Caller) -> dict[str, Any]:
        subnets = list(asked.get("SubnetIds") or ())
        return {
            "SubnetIds": subnets,
            "SecurityGroupIds": list(asked.get("SecurityGroupIds") or ()),
            "VpcId": self._vpc_of(subnets[0], caller.region) if subnets else "",
            "Ipv6AllowedForDualStack": bool(asked.get("Ipv6AllowedForDualStack")),
        }


def check_revision(configuration_revision: str, params: Params) -> None:
    """Raise PreconditionFailedException if the caller has seen another revision."""
    wanted = params.get("RevisionId")
    if wanted and wanted != configuration_revision:
        raise stale("GetFunction/GetAlias")


def _logging(before: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Parts can be changed alone. Levels exist for JSON only; they begin as INFO.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
    """
    logging = {**before, **asked}
    if logging.get("LogFormat") == "JSON":
        return {**dict.fromkeys(_LEVELS, "INFO"), **logging}
    if any(asked.get(level) for level in _LEVELS):
        raise invalid(
            'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or '
            'change the LogFormat to "JSON" and try again.'
        )
    return {name: value for name, value in logging.items() if name not in _LEVELS}


def _check(configuration: Configuration) -> None:
    if configuration.timeout_seconds > TIMEOUT_SECONDS_MAX:
        raise _too_big("timeout", configuration.timeout_seconds, TIMEOUT_SECONDS_MAX)
    if configuration.memory_mb > MEMORY_MB_MAX:
        raise _too_big("memorySize", configuration.memory_mb, MEMORY_MB_MAX)
    snap_start = configuration.others.get("SnapStart", {}).get("ApplyOn")
    if snap_start == "PublishedVersions" and configuration.runtime not in runtimes.WITH_SNAP_START:
        raise invalid(f"{configuration.runtime} is not supported for SnapStart enabled functions.")
    target = configuration.dead_letter_target
    if target and target.split(":")[2:3] not in (["sqs"], ["sns"]):
        raise invalid(
            f"Unsupported DeadLetterConfig TargetArn {target}: it must be an SQS queue or an SNS topic"
        )


def _check_variables(variables: Any) -> None:
    reserved = sorted(RESERVED_VARIABLES.intersection(variables))
    if reserved:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables "
            "you have provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > VARIABLES_BYTES_MAX:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables "
            f"you have provided exceeded the {VARIABLES_BYTES_MAX // 1024}KB limit. "
            f"String measured: {measured}"
        )


def _too_big(name: str, value: int, limit: int) -> ServiceError:
    return ServiceError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
        f"Member must have value less than or equal to {limit}",
    )
