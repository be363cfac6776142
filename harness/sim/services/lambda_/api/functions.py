"""Operations on functions and their versions.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from harness.cloud import Unsupported
from harness.sim.sandbox.runtimes import NO_IMAGES
from harness.sim.services.lambda_.api import rendering
from harness.sim.services.lambda_.api.code import code_of
from harness.sim.services.lambda_.api.configuration import Configurations, check_revision
from harness.sim.services.lambda_.api.elsewhere import Elsewhere
from harness.sim.services.lambda_.api.pages import page
from harness.sim.services.lambda_.api.tags import check_tags
from harness.sim.services.lambda_.errors import invalid, not_found
from harness.sim.services.lambda_.model.functions import Configuration, FunctionState, Version
from harness.sim.services.lambda_.model.naming import LATEST, NAME_CHARACTERS_MAX, function_id
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params, ServiceError

REQUEST_BYTES_MAX = 70_167_211
"""Of CreateFunction."""


class FunctionsApi:
    """CreateFunction and what follows it. `changed` hears of versions that run differently or are gone.

    `check_signing` raises for a code signing configuration that isn't there.
    """

    def __init__(
        self,
        registry: FunctionRegistry,
        elsewhere: Elsewhere,
        new_id: Callable[[], str],
        timestamp: Callable[[], str],
        changed: Callable[[FunctionState, Version], None],
        check_signing: Callable[[str], None],
    ) -> None:
        self._registry = registry
        self._configurations = Configurations(registry, elsewhere.vpc_of)
        self._read = elsewhere.read_object
        self._new_id = new_id
        self._timestamp = timestamp
        self._changed = changed
        self._check_signing = check_signing

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
        if caller.size > REQUEST_BYTES_MAX:
            raise ServiceError(
                "RequestEntityTooLargeException",
                f"Request must be smaller than {REQUEST_BYTES_MAX} bytes for the CreateFunction operation",
                413,
            )
        if params.get("PackageType") == "Image":
            raise Unsupported(NO_IMAGES)
        wanted = function_id(params["FunctionName"], caller)
        if len(wanted.name) > NAME_CHARACTERS_MAX:
            raise invalid(
                f"1 validation error detected: Value '{wanted.name}' at 'functionName' failed to satisfy "
                f"constraint: Member must have length less than or equal to {NAME_CHARACTERS_MAX}"
            )
        if not params.get("Runtime") or not params.get("Handler"):
            raise invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            )
        function = self._make(replace(wanted, qualifier=None).arn, params, caller)
        answer = self._render(function, function.latest)
        if params.get("Publish"):
            version = function.publish(None, self._new_id)
            answer |= {"Version": version.number}
        function.revise(LATEST, self._new_id())
        return rendering.being_created(answer)

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
        if params.get("ImageUri"):
            raise invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
        code = code_of(params, self._read)
        configuration = replace(function.latest.configuration, code=code)
        if params.get("Architectures"):
            others = {**configuration.others, "Architectures": params["Architectures"]}
            configuration = replace(configuration, others=others)
        if params.get("DryRun"):
            return self._render(function, Version(LATEST, configuration))
        answer = self._reconfigure(function, configuration)
        if not params.get("Publish"):
            return rendering.being_updated(answer)
        version = function.publish(None, self._new_id)
        answer = self._render(function, version, version.number)
        function.revise(version.number, self._new_id())
        return rendering.being_created(answer)

    def update_configuration(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html"""
        function = self._to_change(params, caller)
        if params.get("DurableConfig") and function.latest.configuration.durable is None:
            raise invalid("You cannot add a durable configuration to an existing function.")
        changed = self._configurations.changed(function.latest.configuration, params, caller)
        return rendering.being_updated(self._reconfigure(function, changed))

    def delete(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html"""
        wanted = function_id(params["FunctionName"], caller, params.get("Qualifier"))
        if wanted.qualifier == LATEST:
            raise invalid("$LATEST version cannot be deleted without deleting the function.")
        if wanted.qualifier and not wanted.qualifier.isdecimal():
            raise invalid("Deletion of aliases is not currently supported.")
        function = self._registry.functions.get(wanted.arn)
        if function is None:
            raise not_found(wanted.arn)
        if wanted.qualifier is None:
            del self._registry.functions[function.id.arn]
            for version in (function.latest, *function.versions.values()):
                self._changed(function, version)
        elif wanted.qualifier in function.versions:
            _check_unused(function, wanted.qualifier)
            self._changed(function, function.versions.pop(wanted.qualifier))
        return {"StatusCode": 204}

    def list(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""
        found: list[Params] = []
        for function in self._registry.of(caller):
            found.append(self._render(function, function.latest, *_latest_if(params)))
            if params.get("FunctionVersion") == "ALL":
                found += [self._render(function, v, v.number) for v in function.versions.values()]
        return page([rendering.in_list(each) for each in found], params, "Functions", most=50)

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
        version = function.publish(params.get("Description"), self._new_id)
        return self._render(function, version, version.number)

    def list_versions(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html"""
        function, _ = self._registry.find(params["FunctionName"], caller)
        versions = [function.latest, *function.versions.values()]
        found = [rendering.in_list(self._render(function, each, each.number)) for each in versions]
        return page(found, params, "Versions", most=50)

    def _make(self, arn: str, params: Params, caller: Caller) -> FunctionState:
        """The function that CreateFunction asks for, under its ARN from now on."""
        code = code_of(params["Code"], self._read)
        revision = self._new_id()
        bare = Configuration(code, params["Role"], "", "", revision, revision, self._timestamp())
        configuration = self._configurations.changed(bare, params, caller)
        wanted = replace(function_id(params["FunctionName"], caller), qualifier=None)
        if arn in self._registry.functions:
            raise ServiceError("ResourceConflictException", f"Function already exist: {wanted.name}", 409)
        tags = dict(params.get("Tags") or {})
        check_tags(tags)
        signing = params.get("CodeSigningConfigArn")
        if signing:
            self._check_signing(signing)
        function = FunctionState(wanted, Version(LATEST, configuration), tags=tags, code_signing=signing)
        self._registry.functions[arn] = function
        return function

    def _found(self, params: Params, caller: Caller) -> tuple[FunctionState, Version, str | None]:
        function, wanted = self._registry.find(params["FunctionName"], caller, params.get("Qualifier"))
        version = function.version_named(wanted.qualifier)
        if version is None:
            raise not_found(wanted.qualified_arn)
        return function, version, wanted.qualifier

    def _to_change(self, params: Params, caller: Caller) -> FunctionState:
        function, wanted = self._registry.find(params["FunctionName"], caller)
        if wanted.qualifier not in (None, LATEST):
            raise invalid(f"This operation is permitted on Lambda functions only. {wanted.qualified_arn}")
        check_revision(function.latest.configuration.revision, params)
        return function

    def _reconfigure(self, function: FunctionState, configuration: Configuration) -> Params:
        """The answer of an update: the revision while it goes on, which is over right after."""
        revision = self._new_id()
        stamped = replace(configuration, revision=revision, build=revision, last_modified=self._timestamp())
        function.configure(stamped)
        self._changed(function, function.latest)
        answer = self._render(function, function.latest)
        function.revise(LATEST, self._new_id())
        return answer

    def _render(self, function: FunctionState, version: Version, qualifier: str | None = None) -> Params:
        return rendering.render(function, version, qualifier=qualifier, registry=self._registry)


def _check_unused(function: FunctionState, number: str) -> None:
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
