"""Operations on aliases.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harness.sim.services.lambda_.api.configuration import check_revision
from harness.sim.services.lambda_.api.pages import page
from harness.sim.services.lambda_.errors import invalid, missing, not_found
from harness.sim.services.lambda_.model.functions import Alias, FunctionState
from harness.sim.services.lambda_.model.naming import LATEST
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params, ServiceError


class AliasesApi:
    """Names for versions, with shares of invocations for a second one. `moved` hears of aliases that point to
    another version or are gone."""

    def __init__(
        self,
        registry: FunctionRegistry,
        new_id: Callable[[], str],
        moved: Callable[[FunctionState, str], None],
    ) -> None:
        self._registry = registry
        self._new_id = new_id
        self._moved = moved

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "CreateAlias": self.create,
            "GetAlias": self.get,
            "UpdateAlias": self.update,
            "DeleteAlias": self.delete,
            "ListAliases": self.list,
        }

    def create(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html"""
        function, _ = self._registry.find(params["FunctionName"], caller)
        name = params["Name"]
        if name in function.aliases:
            raise ServiceError(
                "ResourceConflictException",
                f"Alias already exists: {function.id.arn}:{name}",
                409,
                Type="User",
            )
        return self._keep(function, Alias(name, params["FunctionVersion"], ""), params)

    def get(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html"""
        return _render(*self._found(params, caller))

    def update(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html"""
        function, alias = self._found(params, caller, "Alias not found")
        check_revision(alias.revision, params)
        answer = self._keep(function, alias, params)
        if function.aliases[alias.name].version != alias.version:
            self._moved(function, alias.name)
        return answer

    def delete(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html"""
        function, _ = self._registry.find(params["FunctionName"], caller)
        attached: tuple[dict[str, Any], ...] = (
            function.aliases,
            function.event_invoke,
            function.policies,
            function.provisioned,
            function.urls,
        )
        for of_alias in attached:
            of_alias.pop(params["Name"], None)
        self._moved(function, params["Name"])
        return {}

    def list(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html"""
        function, _ = self._registry.find(params["FunctionName"], caller)
        version = params.get("FunctionVersion")
        found = [
            _render(function, alias)
            for name, alias in sorted(function.aliases.items())
            if version in (None, alias.version)
        ]
        return page(found, params, "Aliases", most=50)

    def _found(
        self, params: Params, caller: Caller, otherwise: str = "Cannot find alias arn"
    ) -> tuple[FunctionState, Alias]:
        function, _ = self._registry.find(params["FunctionName"], caller)
        alias = function.aliases.get(params["Name"])
        if alias is None:
            raise missing(f"{otherwise}: {function.id.arn}:{params['Name']}")
        return function, alias

    def _keep(self, function: FunctionState, alias: Alias, params: Params) -> Params:
        changes: dict[str, Any] = {"revision": self._new_id()}
        if params.get("FunctionVersion") is not None:
            changes["version"] = params["FunctionVersion"]
        if params.get("Description") is not None:
            changes["description"] = params["Description"]
        if params.get("RoutingConfig") is not None:
            changes["weights"] = dict(params["RoutingConfig"].get("AdditionalVersionWeights") or {})
        alias = replace(alias, **changes)
        _check(function, alias)
        function.aliases[alias.name] = alias
        return _render(function, alias)


def _check(function: FunctionState, alias: Alias) -> None:
    if len(alias.weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for number in (alias.version, *alias.weights):
        if number != LATEST and number not in function.versions:
            raise not_found(f"{function.id.arn}:{number}")
    if not alias.weights:
        return
    if alias.version == LATEST:
        raise invalid("$LATEST is not supported for an alias pointing to more than 1 version", whose=None)
    if alias.version in alias.weights:
        raise invalid(
            f"Invalid function version {alias.version}. Function version {alias.version} is already "
            "included in routing configuration."
        )


def _render(function: FunctionState, alias: Alias) -> Params:
    answer: Params = {
        "AliasArn": f"{function.id.arn}:{alias.name}",
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision,
    }
    if alias.weights:
        answer["RoutingConfig"] = {"AdditionalVersionWeights": dict(alias.weights)}
    return answer
