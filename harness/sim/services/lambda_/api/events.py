"""The treatment of a function's asynchronous events: EventInvokeConfig.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from harness.sim.services.lambda_.api.pages import page
from harness.sim.services.lambda_.errors import invalid, missing
from harness.sim.services.lambda_.model.functions import EventInvokeConfig, FunctionState
from harness.sim.services.lambda_.model.naming import function_id, function_id_of_arn, latest_or
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params, ServiceError

_OURS = {"OnSuccess": "on_success", "OnFailure": "on_failure"}
SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


class EventInvokeApi:
    """Retries, age and destinations, for a function, a version or an alias."""

    def __init__(self, registry: FunctionRegistry, now: Callable[[], float]) -> None:
        self._registry = registry
        self._now = now

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "PutFunctionEventInvokeConfig": self.put,
            "UpdateFunctionEventInvokeConfig": self.update,
            "GetFunctionEventInvokeConfig": self.get,
            "DeleteFunctionEventInvokeConfig": self.delete,
            "ListFunctionEventInvokeConfigs": self.list,
        }

    def put(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
        function, qualifier = self._to_change(params, caller)
        return self._keep(function, qualifier, EventInvokeConfig(self._now()), params)

    def update(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html"""
        function, qualifier = self._to_change(params, caller)
        before = _existing(function, qualifier)
        return self._keep(function, qualifier, replace(before, last_modified=self._now()), params)

    def get(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html"""
        function, qualifier = self._found(params, caller)
        return _render(function, qualifier, _existing(function, qualifier))

    def delete(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html"""
        function, qualifier = self._found(params, caller)
        _existing(function, qualifier)
        del function.event_invoke[qualifier]
        return {}

    def list(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html"""
        function, _ = self._to_change(params, caller, anything=True)
        found = [_render(function, name, config) for name, config in function.event_invoke.items()]
        return page(found, params, "FunctionEventInvokeConfigs", most=50)

    def _found(self, params: Params, caller: Caller) -> tuple[FunctionState, str]:
        wanted = function_id(params["FunctionName"], caller, params.get("Qualifier"))
        function, qualifier = self._registry.functions.get(wanted.arn), latest_or(wanted.qualifier)
        if function is None:
            raise _without(f"{wanted.arn}:{qualifier}")
        return function, qualifier

    def _to_change(
        self, params: Params, caller: Caller, *, anything: bool = False
    ) -> tuple[FunctionState, str]:
        if not anything and all(params.get(name) is None for name in SETTINGS):
            raise invalid("You must specify at least one of error handling or destination setting.")
        wanted = function_id(params["FunctionName"], caller, params.get("Qualifier"))
        function = self._registry.functions.get(wanted.arn)
        if function is None or function.version_named(wanted.qualifier) is None:
            raise missing("The function doesn't exist.")
        return function, latest_or(wanted.qualifier)

    def _keep(
        self, function: FunctionState, qualifier: str, config: EventInvokeConfig, params: Params
    ) -> Params:
        changes: dict[str, Any] = {}
        if params.get("MaximumRetryAttempts") is not None:
            changes["retry_attempts_max"] = params["MaximumRetryAttempts"]
        if params.get("MaximumEventAgeInSeconds") is not None:
            changes["event_age_seconds_max"] = params["MaximumEventAgeInSeconds"]
        destinations = _destinations(params)
        self._check_destinations(destinations, function)
        changes |= {_OURS[name]: target for name, target in destinations.items()}
        function.event_invoke[qualifier] = replace(config, **changes)
        return _render(function, qualifier, function.event_invoke[qualifier])

    def _check_destinations(self, targets: Mapping[str, str | None], function: FunctionState) -> None:
        """Raise `ServiceError` for what is no destination; a bucket is one on failure only."""
        for name, arn in targets.items():
            if arn is None:
                continue
            service = arn.split(":")[2]
            if service == "s3" and name == "OnFailure":
                continue
            if service not in ("sqs", "sns", "lambda", "events") or arn.endswith(".fifo"):
                raise invalid(f"The provided destination config {_shown(targets)} is invalid.")
            if service != "lambda":
                continue
            wanted = function_id_of_arn(arn)
            if wanted.arn not in self._registry.functions:
                raise invalid(f"The destination ARN {arn} is invalid.")
            if wanted.arn == function.id.arn:
                raise invalid("You can't specify the function as a destination for itself.")


def _destinations(params: Params) -> dict[str, str | None]:
    config = params.get("DestinationConfig") or {}
    return {name: (config[name] or {}).get("Destination") or None for name in _OURS if name in config}


def _shown(targets: Mapping[str, str | None]) -> str:
    parts = []
    for name in _OURS:
        target = targets.get(name)
        said = f"{name}(destination={target})" if target else "null"
        parts.append(f"{name[0].lower()}{name[1:]}={said}")
    return f"DestinationConfig({', '.join(parts)})"


def _existing(function: FunctionState, qualifier: str) -> EventInvokeConfig:
    config = function.event_invoke.get(qualifier)
    if config is None:
        raise _without(f"{function.id.arn}:{qualifier}")
    return config


def _without(arn: str) -> ServiceError:
    return missing(f"The function {arn} doesn't have an EventInvokeConfig")


def _render(function: FunctionState, qualifier: str, config: EventInvokeConfig) -> Params:
    targets = {"OnSuccess": config.on_success, "OnFailure": config.on_failure}
    answer: Params = {
        "FunctionArn": f"{function.id.arn}:{qualifier}",
        "LastModified": datetime.fromtimestamp(config.last_modified, UTC),
        "DestinationConfig": {
            name: {"Destination": target} if target else {} for name, target in targets.items()
        },
    }
    if config.retry_attempts_max is not None:
        answer["MaximumRetryAttempts"] = config.retry_attempts_max
    if config.event_age_seconds_max is not None:
        answer["MaximumEventAgeInSeconds"] = config.event_age_seconds_max
    return answer
