"""Operations on layers and on who may use them.

https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harness.sim.services.lambda_.api.code import Read, code_of
from harness.sim.services.lambda_.api.pages import page
from harness.sim.services.lambda_.errors import invalid, missing, stale
from harness.sim.services.lambda_.model.functions import Policy
from harness.sim.services.lambda_.model.registry import FunctionRegistry, Layer, LayerVersion
from harness.sim.services.service import Caller, Operation, Params, ServiceError


class LayersApi:
    """Layers, one numbered version at a time."""

    def __init__(
        self, registry: FunctionRegistry, read: Read, new_id: Callable[[], str], timestamp: Callable[[], str]
    ) -> None:
        self._registry = registry
        self._read = read
        self._new_id = new_id
        self._timestamp = timestamp

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "PublishLayerVersion": self.publish,
            "GetLayerVersion": self.get,
            "GetLayerVersionByArn": self.get_by_arn,
            "DeleteLayerVersion": self.delete,
            "ListLayerVersions": self.list_versions,
            "ListLayers": self.list,
            "AddLayerVersionPermission": self.add_permission,
            "RemoveLayerVersionPermission": self.remove_permission,
            "GetLayerVersionPolicy": self.get_policy,
        }

    def publish(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html"""
        code = code_of(params["Content"], self._read)
        arn = _arn(params["LayerName"], caller)
        layer = self._registry.layers.setdefault(arn, Layer(arn))
        layer.published += 1
        version = LayerVersion(
            f"{arn}:{layer.published}",
            layer.published,
            code,
            self._timestamp(),
            params.get("Description") or "",
            _given(params, "CompatibleRuntimes"),
            _given(params, "CompatibleArchitectures"),
            params.get("LicenseInfo"),
        )
        layer.versions[version.number] = version
        return _render(version)

    def get(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html"""
        _check_number(params)
        return self._found(f"{_arn(params['LayerName'], caller)}:{params['VersionNumber']}")

    def get_by_arn(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html"""
        return self._found(params["Arn"])

    def delete(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html"""
        _check_number(params)
        layer = self._registry.layers.get(_arn(params["LayerName"], caller))
        if layer is not None:
            layer.versions.pop(params["VersionNumber"], None)
        return {}

    def list_versions(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html"""
        layer = self._registry.layers.get(_arn(params["LayerName"], caller))
        versions = sorted(layer.versions.values(), key=lambda each: -each.number) if layer else []
        found = [_summary(version) for version in versions if _suits(version, params)]
        return page(found, params, "LayerVersions", most=50)

    def list(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html"""
        prefix = _arn("", caller)
        found = []
        for arn, layer in sorted(self._registry.layers.items()):
            suiting = [version for version in layer.versions.values() if _suits(version, params)]
            if arn.startswith(prefix) and suiting:
                latest = max(suiting, key=lambda each: each.number)
                name = arn.rpartition(":")[2]
                found.append({"LayerName": name, "LayerArn": arn, "LatestMatchingVersion": _summary(latest)})
        return page(found, params, "Layers", most=50)

    def add_permission(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html"""
        version = self._version(params, caller)
        policy = version.policy or Policy("")
        sid = params["StatementId"]
        if policy.statement(sid) is not None:
            raise ServiceError(
                "ResourceConflictException",
                f"The statement id ({sid}) provided already exists. Please provide a new statement id, or "
                "remove the existing statement.",
                409,
                Type="User",
            )
        _check_revision(policy, params)
        policy = policy.with_statement(_statement(params, version.arn), self._new_id())
        self._keep(replace(version, policy=policy))
        statement = json.dumps(policy.statements[-1], separators=(",", ":"))
        return {"Statement": statement, "RevisionId": policy.revision}

    def remove_permission(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html"""
        version = self._version(params, caller)
        policy = version.policy or Policy("")
        _check_revision(policy, params)
        sid = params["StatementId"]
        if policy.statement(sid) is None:
            raise missing(f"Statement {sid} is not found in resource policy.")
        self._keep(replace(version, policy=policy.without(sid, self._new_id())))
        return {}

    def get_policy(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html"""
        policy = self._version(params, caller).policy
        if policy is None:
            raise missing("No policy is associated with the given resource.")
        return {"Policy": policy.document(), "RevisionId": policy.revision}

    def _found(self, arn: str) -> Params:
        version = self._registry.layer_version(arn)
        if version is None:
            raise missing()
        return _render(version)

    def _version(self, params: Params, caller: Caller) -> LayerVersion:
        arn = f"{_arn(params['LayerName'], caller)}:{params['VersionNumber']}"
        version = self._registry.layer_version(arn)
        if version is None:
            raise missing(f"Layer version {arn} does not exist.")
        return version

    def _keep(self, version: LayerVersion) -> None:
        self._registry.layers[version.arn.rpartition(":")[0]].versions[version.number] = version


def _arn(name: str, caller: Caller) -> str:
    return (
        name if name.startswith("arn:") else f"arn:aws:lambda:{caller.region}:{caller.account}:layer:{name}"
    )


def _given(params: Params, name: str) -> tuple[str, ...] | None:
    return None if params.get(name) is None else tuple(params[name])


def _check_number(params: Params) -> None:
    if params["VersionNumber"] < 1:
        raise invalid("Layer Version Cannot be less than 1")


def _check_revision(policy: Policy, params: Params) -> None:
    wanted = params.get("RevisionId")
    if wanted and wanted != policy.revision:
        raise stale("GetLayerPolicy")


def _statement(params: Params, arn: str) -> dict[str, Any]:
    principal = params["Principal"]
    account = f"arn:aws:iam::{principal}:root" if principal.isdecimal() else principal
    statement: dict[str, Any] = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": principal if principal == "*" else {"AWS": account},
        "Action": params["Action"],
        "Resource": arn,
    }
    if params.get("OrganizationId"):
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": params["OrganizationId"]}}
    return statement


def _suits(version: LayerVersion, params: Params) -> bool:
    runtime, architecture = params.get("CompatibleRuntime"), params.get("CompatibleArchitecture")
    return (runtime is None or runtime in (version.runtimes or ())) and (
        architecture is None or architecture in (version.architectures or ())
    )


def _summary(version: LayerVersion) -> Params:
    answer: Params = {
        "LayerVersionArn": version.arn,
        "Version": version.number,
        "Description": version.description,
        "CreatedDate": version.created,
        "CompatibleRuntimes": None if version.runtimes is None else list(version.runtimes),
        "CompatibleArchitectures": None if version.architectures is None else list(version.architectures),
        "LicenseInfo": version.license,
    }
    return {name: value for name, value in answer.items() if value is not None}


def _render(version: LayerVersion) -> Params:
    content = {
        "Location": version.code.location,
        "CodeSha256": version.code.sha256,
        "CodeSize": version.code.size,
    }
    return _summary(version) | {"Content": content, "LayerArn": version.arn.rpartition(":")[0]}
