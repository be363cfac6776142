"""Operations on reserved and provisioned concurrency, and what an account has of it.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html and
https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from harness.sim.services.lambda_.api.code import UNZIPPED_BYTES_MAX, ZIP_BYTES_MAX
from harness.sim.services.lambda_.api.pages import page
from harness.sim.services.lambda_.errors import invalid, missing, not_found
from harness.sim.services.lambda_.model.concurrency import ACCOUNT_LIMIT, UNRESERVED_MIN, Concurrency
from harness.sim.services.lambda_.model.functions import FunctionState, Provisioned
from harness.sim.services.lambda_.model.naming import LATEST, FunctionId, function_id
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params, ServiceError

PROVISIONING_SECONDS = 30.0
"""AWS promises no figure; it is a matter of minutes at most."""
_CODE_BYTES_MAX = 80_530_636_800


class ConcurrencyApi:
    """`concurrency` gives the accounts of a function's region, `now` epoch seconds."""

    def __init__(
        self,
        registry: FunctionRegistry,
        concurrency: Callable[[FunctionId], Concurrency],
        new_id: Callable[[], str],
        now: Callable[[], float],
        timestamp: Callable[[], str],
    ) -> None:
        self._registry = registry
        self._concurrency = concurrency
        self._new_id = new_id
        self._now = now
        self._timestamp = timestamp

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "PutFunctionConcurrency": self.reserve,
            "GetFunctionConcurrency": self.get_reserved,
            "DeleteFunctionConcurrency": self.delete_reserved,
            "PutProvisionedConcurrencyConfig": self.provision,
            "GetProvisionedConcurrencyConfig": self.get_provisioned,
            "DeleteProvisionedConcurrencyConfig": self.delete_provisioned,
            "ListProvisionedConcurrencyConfigs": self.list_provisioned,
            "GetAccountSettings": self.account_settings,
        }

    def reserve(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html"""
        function = self._unqualified(params, caller)
        amount = params["ReservedConcurrentExecutions"]
        concurrency = self._concurrency(function.id)
        if not concurrency.can_reserve(function.id.arn, amount):
            raise invalid(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_MIN}].",
                whose=None,
            )
        provisioned = concurrency.provisioned(function.id.arn)
        if provisioned > amount:
            raise invalid(
                f" ReservedConcurrentExecutions  {amount} should not be lower than function's total "
                f"provisioned concurrency [{provisioned}].",
                whose=None,
            )
        concurrency.reserve(function.id.arn, amount)
        function.reserved = amount
        return {"ReservedConcurrentExecutions": amount}

    def get_reserved(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html"""
        reserved = self._unqualified(params, caller).reserved
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def delete_reserved(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html"""
        function = self._unqualified(params, caller)
        self._concurrency(function.id).reserve(function.id.arn, None)
        function.reserved = None
        return {}

    def provision(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html"""
        if params["Qualifier"] == LATEST:
            raise invalid(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
            )
        function, qualifier = self._qualified(params, caller)
        amount = params["ProvisionedConcurrentExecutions"]
        self._check_amount(function, qualifier, amount)
        _check_twice(function, qualifier)
        config = Provisioned(amount, self._timestamp(), self._now() + PROVISIONING_SECONDS)
        function.provisioned[qualifier] = config
        function.revise(qualifier, self._new_id())
        self._account_for(function)
        return self._render(config)

    def get_provisioned(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html"""
        _check_published(params)
        function, qualifier = self._qualified(params, caller)
        config = function.provisioned.get(qualifier)
        if config is None:
            raise ServiceError(
                "ProvisionedConcurrencyConfigNotFoundException",
                "No Provisioned Concurrency Config found for this function",
                404,
                Type="User",
            )
        return self._render(config)

    def delete_provisioned(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html"""
        _check_published(params)
        function, qualifier = self._qualified(params, caller)
        function.provisioned.pop(qualifier, None)
        self._account_for(function)
        return {}

    def list_provisioned(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html"""
        function, _ = self._registry.find(params["FunctionName"], caller)
        found = [
            {"FunctionArn": f"{function.id.arn}:{qualifier}"} | self._render(config)
            for qualifier, config in function.provisioned.items()
        ]
        return page(found, params, "ProvisionedConcurrencyConfigs", most=50)

    def account_settings(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html"""
        functions = list(self._registry.of(caller))
        unreserved = self._concurrency(FunctionId(caller.region, caller.account, "")).unreserved
        return {
            "AccountLimit": {
                "TotalCodeSize": _CODE_BYTES_MAX,
                "CodeSizeUnzipped": UNZIPPED_BYTES_MAX,
                "CodeSizeZipped": ZIP_BYTES_MAX,
                "ConcurrentExecutions": ACCOUNT_LIMIT,
                "UnreservedConcurrentExecutions": unreserved,
            },
            "AccountUsage": {
                "TotalCodeSize": self._registry.code_size(caller),
                "FunctionCount": len(functions),
            },
        }

    def moved(self, function: FunctionState, alias: str) -> None:
        """An alias points to another version, or is gone. Its provisioned concurrency moves along."""
        config = function.provisioned.get(alias)
        if config is not None:
            now = self._now()
            function.provisioned[alias] = replace(
                config, ready_at=now + PROVISIONING_SECONDS, before=config.available(now)
            )
        self._account_for(function)

    def _account_for(self, function: FunctionState) -> None:
        """Count the provisioned concurrency of a function at its versions."""
        amounts: dict[str, int] = {}
        for qualifier, config in function.provisioned.items():
            alias = function.aliases.get(qualifier)
            version = alias.version if alias else qualifier
            amounts[version] = amounts.get(version, 0) + config.amount
        self._concurrency(function.id).provision(function.id.arn, amounts)

    def _check_amount(self, function: FunctionState, qualifier: str, amount: int) -> None:
        others = sum(each.amount for name, each in function.provisioned.items() if name != qualifier)
        if function.reserved is not None:
            if others + amount > function.reserved:
                raise invalid(
                    "Requested Provisioned Concurrency should not be greater than the "
                    "reservedConcurrentExecution for function"
                )
            return
        if amount > ACCOUNT_LIMIT:
            raise invalid(
                "Specified ConcurrentExecutions for function is greater than account's unreserved "
                f"concurrency [{ACCOUNT_LIMIT}].",
                whose=None,
            )
        before = function.provisioned.get(qualifier)
        left = self._concurrency(function.id).unreserved + (before.amount if before else 0)
        if left - amount < UNRESERVED_MIN:
            raise invalid(
                "Specified ConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_MIN}].",
                whose=None,
            )

    def _render(self, config: Provisioned) -> Params:
        now = self._now()
        available = config.available(now)
        return {
            "RequestedProvisionedConcurrentExecutions": config.amount,
            "AvailableProvisionedConcurrentExecutions": available,
            "AllocatedProvisionedConcurrentExecutions": available,
            "Status": "READY" if now >= config.ready_at else "IN_PROGRESS",
            "LastModified": config.last_modified,
        }

    def _qualified(self, params: Params, caller: Caller) -> tuple[FunctionState, str]:
        wanted = function_id(params["FunctionName"], caller, params["Qualifier"])
        function = self._registry.functions.get(wanted.arn)
        qualifier = params["Qualifier"]
        if function is None or function.version_named(qualifier) is None:
            if qualifier.isdecimal():
                raise not_found(wanted.qualified_arn)
            raise missing(f"Cannot find alias arn: {wanted.qualified_arn}")
        return function, qualifier

    def _unqualified(self, params: Params, caller: Caller) -> FunctionState:
        wanted = function_id(params["FunctionName"], caller)
        if wanted.qualifier:
            raise invalid(
                "This operation is permitted on Lambda functions only. Aliases and versions do not "
                "support this operation. Please specify either a function name or an unqualified "
                "function ARN."
            )
        return self._registry.get(wanted)


def _check_published(params: Params) -> None:
    if params["Qualifier"] == LATEST:
        raise invalid("The function resource provided must be an alias or a published version.")


def _check_twice(function: FunctionState, qualifier: str) -> None:
    """A version has provisioned concurrency of its own or through an alias, not both."""
    alias = function.aliases.get(qualifier)
    if alias is not None:
        if alias.version in function.provisioned:
            raise _conflict(
                "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned "
                "version"
            )
        return
    if any(
        each.version == qualifier and each.name in function.provisioned for each in function.aliases.values()
    ):
        raise _conflict("Version is pointed by a Provisioned Concurrency alias")


def _conflict(message: str) -> ServiceError:
    return ServiceError("ResourceConflictException", message, 409, Type="User")
