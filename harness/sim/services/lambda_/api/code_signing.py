"""Operations on code signing configurations. They are kept and answered; signatures aren't looked at.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.sim.services.lambda_.api.pages import page
from harness.sim.services.lambda_.model.functions import FunctionState
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params, ServiceError


@dataclass(frozen=True, slots=True)
class CodeSigning:
    """The allowed signers of a function's code, and the policy for code that none of them signed."""

    arn: str
    publishers: Mapping[str, Any]
    policies: Mapping[str, Any]
    description: str
    last_modified: str
    tags: dict[str, str] = field(default_factory=dict)


class CodeSigningApi:
    """The configurations of one cloud, and which function has which."""

    def __init__(
        self, registry: FunctionRegistry, new_id: Callable[[], str], timestamp: Callable[[], str]
    ) -> None:
        self._registry = registry
        self._new_id = new_id
        self._timestamp = timestamp
        self._configs: dict[str, CodeSigning] = {}

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "CreateCodeSigningConfig": self.create,
            "GetCodeSigningConfig": self.get,
            "UpdateCodeSigningConfig": self.update,
            "DeleteCodeSigningConfig": self.delete,
            "ListCodeSigningConfigs": self.list,
            "ListFunctionsByCodeSigningConfig": self.list_functions,
            "PutFunctionCodeSigningConfig": self.put_on_function,
            "GetFunctionCodeSigningConfig": self.get_of_function,
            "DeleteFunctionCodeSigningConfig": self.delete_of_function,
        }

    def create(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_CreateCodeSigningConfig.html"""
        name = "csc-" + self._new_id().replace("-", "")[:17]
        config = CodeSigning(
            f"arn:aws:lambda:{caller.region}:{caller.account}:code-signing-config:{name}",
            params["AllowedPublishers"],
            params.get("CodeSigningPolicies") or {"UntrustedArtifactOnDeployment": "Warn"},
            params.get("Description") or "",
            self._timestamp(),
            dict(params.get("Tags") or {}),
        )
        self._configs[config.arn] = config
        return {"CodeSigningConfig": _render(config)}

    def get(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetCodeSigningConfig.html"""
        return {"CodeSigningConfig": _render(self._found(params))}

    def update(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateCodeSigningConfig.html"""
        config = self._found(params)
        names = {
            "AllowedPublishers": "publishers",
            "CodeSigningPolicies": "policies",
            "Description": "description",
        }
        changes = {ours: params[theirs] for theirs, ours in names.items() if params.get(theirs) is not None}
        config = replace(config, last_modified=self._timestamp(), **changes)
        self._configs[config.arn] = config
        return {"CodeSigningConfig": _render(config)}

    def delete(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteCodeSigningConfig.html"""
        config = self._found(params)
        if self._functions_with(config.arn, caller):
            raise ServiceError(
                "ResourceConflictException",
                f"The code signing configuration {config.arn} is attached to functions.",
                409,
                Type="User",
            )
        del self._configs[config.arn]
        return {}

    def list(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListCodeSigningConfigs.html"""
        prefix = f"arn:aws:lambda:{caller.region}:{caller.account}:"
        found = [_render(each) for arn, each in self._configs.items() if arn.startswith(prefix)]
        return page(found, params, "CodeSigningConfigs", most=10_000)

    def list_functions(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionsByCodeSigningConfig.html"""
        functions = self._functions_with(self._found(params).arn, caller)
        return page([each.id.arn for each in functions], params, "FunctionArns", most=10_000)

    def put_on_function(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionCodeSigningConfig.html"""
        arn = params["CodeSigningConfigArn"]
        self.check_for_function(arn)
        function, _ = self._registry.find(params["FunctionName"], caller)
        function.code_signing = arn
        return {"CodeSigningConfigArn": arn, "FunctionName": function.id.name}

    def check_for_function(self, arn: str) -> None:
        """Raise `ServiceError` if there is no such configuration that a function could have."""
        if arn not in self._configs:
            raise ServiceError(
                "CodeSigningConfigNotFoundException",
                "The code signing configuration cannot be found. Check that the provided configuration is "
                f"not deleted: {arn}.",
                404,
                Type="User",
            )

    def get_of_function(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html"""
        function, _ = self._registry.find(params["FunctionName"], caller)
        if function.code_signing is None:
            return {}
        return {"CodeSigningConfigArn": function.code_signing, "FunctionName": function.id.name}

    def delete_of_function(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionCodeSigningConfig.html"""
        self._registry.find(params["FunctionName"], caller)[0].code_signing = None
        return {}

    def tags_of(self, arn: str) -> dict[str, str] | None:
        """The tags of the configuration with this ARN, None if there is none."""
        config = self._configs.get(arn)
        return config.tags if config else None

    def _found(self, params: Params) -> CodeSigning:
        arn = params["CodeSigningConfigArn"]
        if arn not in self._configs:
            raise ServiceError(
                "ResourceNotFoundException",
                f"The Lambda code signing configuration {arn} can not be found.",
                404,
            )
        return self._configs[arn]

    def _functions_with(self, arn: str, caller: Caller) -> tuple[FunctionState, ...]:
        return tuple(each for each in self._registry.of(caller) if each.code_signing == arn)


def _render(config: CodeSigning) -> Params:
    return {
        "CodeSigningConfigArn": config.arn,
        "CodeSigningConfigId": config.arn.rpartition(":")[2],
        "Description": config.description,
        "AllowedPublishers": dict(config.publishers),
        "CodeSigningPolicies": dict(config.policies),
        "LastModified": config.last_modified,
    }
