"""Operations on function URLs.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harness.sim.services.lambda_.api.pages import page
from harness.sim.services.lambda_.api.wording import WORDING
from harness.sim.services.lambda_.errors import missing
from harness.sim.services.lambda_.model.functions import FunctionState, FunctionUrl
from harness.sim.services.lambda_.model.naming import LATEST, function_id, latest_or
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params, ServiceError

_NO_FUNCTION = "Function does not exist"


class UrlsApi:
    """One address for each function and alias."""

    def __init__(
        self,
        registry: FunctionRegistry,
        new_id: Callable[[], str],
        timestamp: Callable[[], str],
        serve: Callable[[str, FunctionUrl | None], None],
    ) -> None:
        """`serve` is told of each URL that has changed, or is gone, by the ARN of its function or alias."""
        self._serve = serve
        self._registry = registry
        self._new_id = new_id
        self._timestamp = timestamp

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "CreateFunctionUrlConfig": self.create,
            "GetFunctionUrlConfig": self.get,
            "UpdateFunctionUrlConfig": self.update,
            "DeleteFunctionUrlConfig": self.delete,
            "ListFunctionUrlConfigs": self.list,
        }

    def create(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html"""
        function, key = self._function(params, caller, _NO_FUNCTION)
        if key in function.urls:
            raise ServiceError(
                "ResourceConflictException",
                f"Failed to create function url config for [functionArn = {_arn(function, key)}]. Error "
                "message:  FunctionUrlConfig exists for this Lambda function",
                409,
                Type="User",
            )
        if key != LATEST and key not in function.aliases:
            raise missing(_NO_FUNCTION)
        created = self._timestamp()
        made = FunctionUrl(
            f"https://{self._new_id().replace('-', '')}.lambda-url.{caller.region}.on.aws/",
            params["AuthType"],
            created,
            created,
            params.get("InvokeMode"),
            params.get("Cors"),
        )
        function.urls[key] = made
        self._serve(_arn(function, key), made)
        answer = _render(function, key)
        del answer["LastModifiedTime"]
        if made.invoke_mode is None:
            del answer["InvokeMode"]
        return answer

    def get(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html"""
        return _render(*self._found(params, caller))

    def update(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html"""
        function, key = self._function(params, caller, _NO_FUNCTION)
        if key != LATEST and key not in function.aliases:
            raise missing(_NO_FUNCTION)
        function, key = self._found(params, caller)
        names = {"AuthType": "auth", "InvokeMode": "invoke_mode", "Cors": "cors"}
        changes: dict[str, Any] = {
            ours: params[theirs] for theirs, ours in names.items() if params.get(theirs) is not None
        }
        function.urls[key] = replace(function.urls[key], modified=self._timestamp(), **changes)
        self._serve(_arn(function, key), function.urls[key])
        return _render(function, key)

    def delete(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html"""
        function, key = self._found(params, caller)
        del function.urls[key]
        self._serve(_arn(function, key), None)
        return {}

    def list(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html"""
        function, _ = self._function(params, caller, _NO_FUNCTION)
        return page([_render(function, key) for key in function.urls], params, "FunctionUrlConfigs", most=50)

    def _found(self, params: Params, caller: Caller) -> tuple[FunctionState, str]:
        function, key = self._function(params, caller, None)
        if key not in function.urls:
            raise missing()
        return function, key

    def _function(self, params: Params, caller: Caller, otherwise: str | None) -> tuple[FunctionState, str]:
        wanted = function_id(params["FunctionName"], caller, params.get("Qualifier"))
        if wanted.qualifier and (wanted.qualifier.isdecimal() or "$" in wanted.qualifier):
            raise ServiceError(
                "ValidationException",
                f"1 validation error detected: Value '{wanted.qualifier}' at 'qualifier' failed to satisfy "
                f"constraint: Member must satisfy regular expression pattern: "
                f"{WORDING.patterns['FunctionUrlQualifier']}",
            )
        function = self._registry.functions.get(wanted.arn)
        if function is None:
            raise missing(otherwise) if otherwise else missing()
        return function, latest_or(wanted.qualifier)


def _arn(function: FunctionState, key: str) -> str:
    return function.id.arn if key == LATEST else f"{function.id.arn}:{key}"


def _render(function: FunctionState, key: str) -> Params:
    found: Mapping[str, Any] = {
        "FunctionUrl": function.urls[key].url,
        "FunctionArn": _arn(function, key),
        "AuthType": function.urls[key].auth,
        "Cors": function.urls[key].cors,
        "CreationTime": function.urls[key].created,
        "LastModifiedTime": function.urls[key].modified,
        "InvokeMode": function.urls[key].invoke_mode or "BUFFERED",
    }
    return {name: value for name, value in found.items() if value is not None}
