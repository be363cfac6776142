"""Operations on functions, their versions and aliases.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from harness import wire
from harness.cloud import Unsupported
from harness.sim.services.lambda_ import configuration as configurations
from harness.sim.services.lambda_.code import code_of
from harness.sim.services.lambda_.functions import Configuration, Function, Version
from harness.sim.services.lambda_.naming import LATEST, NAME_CHARACTERS_MAX, function_id
from harness.sim.services.lambda_.pages import page
from harness.sim.services.lambda_.registry import Registry, not_found
from harness.sim.services.lambda_.validation import invalid
from harness.sim.services.service import Caller, Operation, Params, ServiceError


class FunctionsApi:
    """CreateFunction and what follows it. `changed` hears of versions that run differently or are gone."""

    def __init__(
        self,
        registry: Registry,
        new_id: Callable[[], str],
        timestamp: Callable[[], str],
        changed: Callable[[Function, Version], None],
    ) -> None:
        self._registry = registry
        self._new_id = new_id
        self._timestamp = timestamp
        self._changed = changed

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "CreateFunction": self.create,
            "GetFunction": self.get,
            "GetFunctionConfiguration": self.get_configuration,
            "UpdateFunctionCode": self.update_code,
            "UpdateFunctionConfiguration": self.update_configuration,
            "DeleteFunction": self.delete,
            "ListFunctions": self.list,
            "PublishVersion": self.publish_version,
            "ListVersionsByFunction": self.list_versions,
        }

    def create(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""
        if params.get("PackageType") == "Image":
            raise Unsupported("functions from container images don't run in sim; localstack runs them")
        wanted = function_id(params["FunctionName"], caller)
        if wanted.qualifier:
            raise invalid("The function name must not carry a qualifier.")
        if len(wanted.name) > NAME_CHARACTERS_MAX:
            raise ServiceError(
                "ValidationException",
                f"1 validation error detected: Value '{wanted.name}' at 'functionName' failed to satisfy "
                f"constraint: Member must have length less than or equal to {NAME_CHARACTERS_MAX}",
            )
        if not params.get("Runtime") or not params.get("Handler"):
            raise invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            )
        _check_runtime(params)
        if wanted.arn in self._registry.functions:
            raise ServiceError(
                "ResourceConflictException", f"Function already exist: {wanted.name}", 409, Type="User"
            )
        bare = Configuration(
            code_of(params["Code"]), params["Role"], "", "", self._new_id(), self._timestamp()
        )
        configuration = configurations.changed(bare, params, self._registry, caller.account)
        function = Function(wanted, Version(LATEST, configuration), tags=dict(params.get("Tags") or {}))
        self._registry.functions[wanted.arn] = function
        answer = self._render(function, function.latest)
        if params.get("Publish"):
            version = function.publish(None, self._new_id())
            answer = self._render(function, version, version.number)
        return configurations.being_created(answer)

    def get(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html"""
        function, version, qualifier = self._found(params, caller)
        answer: Params = {
            "Configuration": self._render(function, version, qualifier),
            "Code": {"RepositoryType": "S3", "Location": version.configuration.code.location},
        }
        if function.tags:
            answer["Tags"] = dict(function.tags)
        if function.reserved is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved}
        return answer

    def get_configuration(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html"""
        function, version, qualifier = self._found(params, caller)
        return self._render(function, version, qualifier)

    def update_code(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
        function = self._to_change(params, caller)
        code = code_of(params)
        configuration = replace(function.latest.configuration, code=code)
        if params.get("Architectures"):
            others = {**configuration.others, "Architectures": params["Architectures"]}
            configuration = replace(configuration, others=others)
        if params.get("DryRun"):
            return self._render(function, Version(LATEST, configuration))
        answer = self._reconfigure(function, configuration)
        if params.get("Publish"):
            version = function.publish(None, self._new_id())
            answer = self._render(function, version, version.number)
        return configurations.being_updated(answer)

    def update_configuration(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html"""
        if params.get("Runtime"):
            _check_runtime(params)
        function = self._to_change(params, caller)
        changed = configurations.changed(
            function.latest.configuration, params, self._registry, caller.account
        )
        return configurations.being_updated(self._reconfigure(function, changed))

    def delete(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html"""
        function, wanted = self._registry.find(params["FunctionName"], caller, params.get("Qualifier"))
        if wanted.qualifier == LATEST:
            raise invalid("$LATEST version cannot be deleted without deleting the function.")
        if wanted.qualifier is None:
            del self._registry.functions[function.id.arn]
            for version in (function.latest, *function.versions.values()):
                self._changed(function, version)
            return {}
        if wanted.qualifier in function.aliases:
            raise invalid("Deletion of aliases is not currently supported.")
        _check_unused(function, wanted.qualifier)
        self._changed(function, function.versions.pop(wanted.qualifier))
        return {}

    def list(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""
        found: list[Params] = []
        for function in self._registry.of(caller):
            found.append(self._render(function, function.latest, *_latest_if(params)))
            if params.get("FunctionVersion") == "ALL":
                found += [self._render(function, v, v.number) for v in function.versions.values()]
        return page(found, params, "Functions", most=50)

    def publish_version(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html"""
        function = self._to_change(params, caller)
        sha256 = params.get("CodeSha256")
        if sha256 and sha256 != function.latest.configuration.code.sha256:
            raise invalid(
                f"CodeSHA256 ({sha256}) is different from current CodeSHA256 in $LATEST "
                f"({function.latest.configuration.code.sha256}). "
                "Please try again with the CodeSHA256 in $LATEST."
            )
        version = function.publish(params.get("Description"), self._new_id())
        return self._render(function, version, version.number)

    def list_versions(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html"""
        function, _ = self._registry.find(params["FunctionName"], caller)
        versions = [function.latest, *function.versions.values()]
        return page([self._render(function, v, v.number) for v in versions], params, "Versions", most=50)

    def _found(self, params: Params, caller: Caller) -> tuple[Function, Version, str | None]:
        function, wanted = self._registry.find(params["FunctionName"], caller, params.get("Qualifier"))
        version = function.version_named(wanted.qualifier)
        if version is None:
            raise not_found(wanted.qualified_arn)
        return function, version, wanted.qualifier

    def _to_change(self, params: Params, caller: Caller) -> Function:
        function, wanted = self._registry.find(params["FunctionName"], caller)
        if wanted.qualifier not in (None, LATEST):
            raise invalid(f"This operation is permitted on Lambda functions only. {wanted.qualified_arn}")
        configurations.check_revision(function.latest.configuration.revision, params)
        return function

    def _reconfigure(self, function: Function, configuration: Configuration) -> Params:
        stamped = replace(configuration, revision=self._new_id(), last_modified=self._timestamp())
        function.configure(stamped)
        self._changed(function, function.latest)
        return self._render(function, function.latest)

    def _render(self, function: Function, version: Version, qualifier: str | None = None) -> Params:
        return configurations.render(function, version, qualifier=qualifier, registry=self._registry)


def _check_runtime(params: Params) -> None:
    known = wire.service_model("lambda").shape_for("Runtime").enum
    configurations.check_runtime(params["Runtime"], list(known))


def _check_unused(function: Function, number: str) -> None:
    using = [alias.name for alias in function.aliases.values() if number in (alias.version, *alias.weights)]
    if using:
        raise ServiceError(
            "ResourceConflictException",
            f"Version {number} can't be deleted: the aliases {', '.join(using)} refer to it.",
            409,
            Type="User",
        )


def _latest_if(params: Params) -> tuple[str, ...]:
    return (LATEST,) if params.get("FunctionVersion") == "ALL" else ()
