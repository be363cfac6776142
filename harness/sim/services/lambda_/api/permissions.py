"""Operations on the resource policies of functions.

A policy is kept and answered; calls and deliveries aren't judged by it.
https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.sim.services.lambda_.errors import invalid, missing, not_found, stale
from harness.sim.services.lambda_.model.functions import FunctionState, Policy
from harness.sim.services.lambda_.model.naming import LATEST, FunctionId, function_id, latest_or
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params, ServiceError

_CONDITIONS = {
    "FunctionUrlAuthType": "lambda:FunctionUrlAuthType",
    "PrincipalOrgID": "aws:PrincipalOrgID",
    "SourceAccount": "AWS:SourceAccount",
    "EventSourceToken": "lambda:EventSourceToken",
}


class PermissionsApi:
    """One policy for each function, version and alias."""

    def __init__(self, registry: FunctionRegistry, new_id: Callable[[], str]) -> None:
        self._registry = registry
        self._new_id = new_id

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "AddPermission": self.add,
            "RemovePermission": self.remove,
            "GetPolicy": self.get,
        }

    def add(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html"""
        wanted = function_id(params["FunctionName"], caller, params.get("Qualifier"))
        if wanted.qualifier == LATEST:
            raise invalid("We currently do not support adding policies for $LATEST.")
        function = self._registry.functions.get(wanted.arn)
        if function is None:
            raise not_found(wanted.arn)
        _check_exists(function, wanted)
        key = latest_or(wanted.qualifier)
        policy = function.policies.get(key)
        _check_revision(function, key, params, "GetPolicy")
        statement = _statement(params, wanted.qualified_arn)
        if policy is not None and policy.statement(statement["Sid"]) is not None:
            raise ServiceError(
                "ResourceConflictException",
                f"The statement id ({statement['Sid']}) provided already exists. Please provide a new "
                "statement id, or remove the existing statement.",
                409,
                Type="User",
            )
        function.policies[key] = (policy or Policy("")).with_statement(statement, self._new_id())
        return {"Statement": json.dumps(statement, separators=(",", ":"))}

    def remove(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html"""
        wanted = function_id(params["FunctionName"], caller, params.get("Qualifier"))
        function = self._registry.functions.get(wanted.arn)
        if function is None:
            raise missing(f"No policy found for: {wanted.arn}")
        _check_exists(function, wanted)
        key, sid = latest_or(wanted.qualifier), params["StatementId"]
        policy = function.policies.get(key)
        if policy is None:
            raise missing("No policy is associated with the given resource.")
        if policy.statement(sid) is None:
            raise missing(f"Statement {sid} is not found in resource policy.")
        _check_revision(function, key, params, "GetFunction/GetAlias")
        policy = policy.without(sid, self._new_id())
        if policy.statements:
            function.policies[key] = policy
        else:
            del function.policies[key]
        return {}

    def get(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html"""
        wanted = function_id(params["FunctionName"], caller, params.get("Qualifier"))
        function = self._registry.functions.get(wanted.arn)
        policy = function.policies.get(latest_or(wanted.qualifier)) if function else None
        if policy is None:
            raise missing()
        return {"Policy": policy.document(), "RevisionId": policy.revision}


def _check_exists(function: FunctionState, wanted: FunctionId) -> None:
    """The version or alias must be there. A name that could be an alias is told as one."""
    if function.version_named(wanted.qualifier) is not None:
        return
    qualifier = wanted.qualifier or ""
    if qualifier.isdecimal() or "$" in qualifier:
        raise not_found(wanted.qualified_arn)
    raise missing(f"Cannot find alias arn: {wanted.qualified_arn}")


def _check_revision(function: FunctionState, key: str, params: Params, operations: str) -> None:
    """A policy has a revision of its own. Before there is one, that of its version or alias counts."""
    wanted = params.get("RevisionId")
    if not wanted:
        return
    policy, alias = function.policies.get(key), function.aliases.get(key)
    if policy is not None:
        known = policy.revision
    elif alias is not None:
        known = alias.revision
    else:
        known = (function.version_named(key) or function.latest).configuration.revision
    if wanted != known:
        raise stale(operations)


def _statement(params: Params, arn: str) -> dict[str, Any]:
    if params.get("FunctionUrlAuthType") and params["Action"] != "lambda:InvokeFunctionUrl":
        raise invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
    statement: dict[str, Any] = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(params["Principal"]),
        "Action": params["Action"],
        "Resource": arn,
    }
    found = {ours: params[theirs] for theirs, ours in _CONDITIONS.items() if params.get(theirs)}
    condition: dict[str, Any] = {"StringEquals": found} if found else {}
    if "InvokedViaFunctionUrl" in params:
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": str(params["InvokedViaFunctionUrl"]).lower()}
    if params.get("SourceArn"):
        condition["ArnLike"] = {"AWS:SourceArn": params["SourceArn"]}
    return statement | ({"Condition": condition} if condition else {})


def _principal(text: str) -> Any:
    if text == "*":
        return "*"
    if text.endswith((".amazonaws.com", ".amazon.com")):
        return {"Service": text}
    if re.fullmatch(r"\d{12}", text):
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if text.startswith("arn:"):
        return {"AWS": text}
    raise invalid("The provided principal was invalid. Please check the principal and try again.")
