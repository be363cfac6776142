"""Operations on how functions may run: recursive loops, and updates of their runtime.

Both are kept and answered.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html and
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.lambda_.model.functions import FunctionState
from harness.sim.services.lambda_.model.naming import latest_or
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params


class RunningApi:
    """One setting for each function, one for each version."""

    def __init__(self, registry: FunctionRegistry) -> None:
        self._registry = registry

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "PutFunctionRecursionConfig": self.put_recursion,
            "GetFunctionRecursionConfig": self.get_recursion,
            "PutRuntimeManagementConfig": self.put_runtime,
            "GetRuntimeManagementConfig": self.get_runtime,
        }

    def put_recursion(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html"""
        function, _ = self._registry.find(params["FunctionName"], caller)
        function.recursive_loop = params["RecursiveLoop"]
        return {"RecursiveLoop": function.recursive_loop}

    def get_recursion(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html"""
        function, _ = self._registry.find(params["FunctionName"], caller)
        return {"RecursiveLoop": function.recursive_loop}

    def put_runtime(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html"""
        function, qualifier = self._found(params, caller)
        if (params["UpdateRuntimeOn"] == "Manual") != bool(params.get("RuntimeVersionArn")):
            raise invalid("RuntimeVersionArn must be given for the update mode Manual, and for it alone.")
        names = ("UpdateRuntimeOn", "RuntimeVersionArn")
        function.runtime_management[qualifier] = {
            name: params[name] for name in names if params.get(name) is not None
        }
        return self.get_runtime(params, caller)

    def get_runtime(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html"""
        function, qualifier = self._found(params, caller)
        kept = function.runtime_management.get(qualifier, {"UpdateRuntimeOn": "Auto"})
        return {"FunctionArn": f"{function.id.arn}:{qualifier}"} | dict(kept)

    def _found(self, params: Params, caller: Caller) -> tuple[FunctionState, str]:
        function, wanted = self._registry.find(params["FunctionName"], caller, params.get("Qualifier"))
        return function, latest_or(wanted.qualifier)
