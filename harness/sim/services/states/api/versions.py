"""The operations on versions and aliases.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-cd-aliasing-versioning.html
"""

from __future__ import annotations

from typing import Any

from harness.sim.services.service import Caller, Operation, Params
from harness.sim.services.states.api import errors, lookup
from harness.sim.services.states.engine import StatesEngine, summary
from harness.sim.services.states.model.machines import Machine, MachineAlias, MachineVersion
from harness.sim.services.states.model.naming import base_of, parse, qualifier_of


class VersionsApi:
    """One method an operation."""

    def __init__(self, engine: StatesEngine) -> None:
        self._engine = engine

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "PublishStateMachineVersion": self.publish,
            "DeleteStateMachineVersion": self.delete,
            "ListStateMachineVersions": self.list_versions,
            "CreateStateMachineAlias": self.create_alias,
            "UpdateStateMachineAlias": self.update_alias,
            "DeleteStateMachineAlias": self.delete_alias,
            "DescribeStateMachineAlias": self.describe_alias,
            "ListStateMachineAliases": self.list_aliases,
        }

    def publish(self, params: Params, caller: Caller) -> Params:
        machine = lookup.machine(self._engine, params["stateMachineArn"])
        wanted = params.get("revisionId")
        if wanted is not None and wanted != (machine.revision.id or "INITIAL"):
            now = machine.revision.id or "INITIAL"
            raise errors.conflict(
                f"Failed to publish the State Machine version for revision {wanted}. The current State "
                f"Machine revision is {now}."
            )
        version = self.publish_now(machine, params, description=params.get("description") or "")
        return {"stateMachineVersionArn": version.arn, "creationDate": version.created_at}

    def publish_now(
        self, machine: Machine, params: Params, *, description: str | None = None
    ) -> MachineVersion:
        """The version of the present revision, which is made if the latest one is another."""
        latest = machine.versions.get(machine.last_version)
        if latest is not None and latest.revision is machine.revision:
            return latest
        machine.last_version += 1
        number = machine.last_version
        told = params.get("versionDescription") or "" if description is None else description
        now = self._engine.world.kernel.now
        version = MachineVersion(f"{machine.arn}:{number}", number, told, machine.revision, now)
        machine.versions[number] = version
        return version

    def delete(self, params: Params, caller: Caller) -> Params:
        arn = params["stateMachineVersionArn"]
        parsed, number = parse(arn), qualifier_of(arn)
        if parsed is None or not number.isdigit():
            raise errors.invalid_arn(arn)
        machine = self._engine.machines.get(base_of(arn))
        if machine is None:
            return {}
        using = [alias.name for alias in machine.aliases.values() if arn in dict(alias.routing)]
        if using:
            raise errors.conflict(
                "Version to be deleted must not be referenced by an alias. Current list of aliases "
                f"referencing this version: [{', '.join(using)}]"
            )
        machine.versions.pop(int(number), None)
        return {}

    def list_versions(self, params: Params, caller: Caller) -> Params:
        machine = lookup.machine(self._engine, params["stateMachineArn"])
        found = [
            {"stateMachineVersionArn": version.arn, "creationDate": version.created_at}
            for version in reversed(machine.versions.values())
        ]
        return lookup.page("stateMachineVersions", found, params)

    def create_alias(self, params: Params, caller: Caller) -> Params:
        name, description = params["name"], params.get("description") or ""
        routing = self._routing(params["routingConfiguration"])
        machine = self._engine.machines[base_of(routing[0][0])]
        existing = machine.aliases.get(name)
        if existing is not None:
            if (existing.routing, existing.description) != (routing, description):
                raise errors.conflict(
                    "Failed to create alias because an alias with the same name and a different routing "
                    "configuration already exists."
                )
            return {"stateMachineAliasArn": existing.arn, "creationDate": existing.created_at}
        now = self._engine.world.kernel.now
        alias = MachineAlias(f"{machine.arn}:{name}", name, description, routing, now, now)
        machine.aliases[name] = alias
        return {"stateMachineAliasArn": alias.arn, "creationDate": now}

    def update_alias(self, params: Params, caller: Caller) -> Params:
        alias = self._alias(params["stateMachineAliasArn"])
        if params.get("routingConfiguration") is not None:
            alias.routing = self._routing(params["routingConfiguration"])
        if params.get("description") is not None:
            alias.description = params["description"]
        alias.updated_at = self._engine.world.kernel.now
        return {"updateDate": alias.updated_at}

    def delete_alias(self, params: Params, caller: Caller) -> Params:
        arn = params["stateMachineAliasArn"]
        lookup.check_arn(arn)
        machine = self._engine.machines.get(base_of(arn))
        if machine is not None:
            machine.aliases.pop(qualifier_of(arn), None)
        return {}

    def describe_alias(self, params: Params, caller: Caller) -> Params:
        alias = self._alias(params["stateMachineAliasArn"])
        return summary(
            {
                "stateMachineAliasArn": alias.arn,
                "name": alias.name,
                "description": alias.description or None,
                "routingConfiguration": [
                    {"stateMachineVersionArn": arn, "weight": weight} for arn, weight in alias.routing
                ],
                "creationDate": alias.created_at,
                "updateDate": alias.updated_at,
            }
        )

    def list_aliases(self, params: Params, caller: Caller) -> Params:
        arn = params["stateMachineArn"]
        machine, version, _ = lookup.qualified(self._engine, arn)
        found = [
            {"stateMachineAliasArn": alias.arn, "creationDate": alias.created_at}
            for alias in machine.aliases.values()
            if version is None or version.arn in dict(alias.routing)
        ]
        return lookup.page("stateMachineAliases", found, params)

    def _alias(self, arn: str) -> MachineAlias:
        lookup.check_arn(arn)
        machine = self._engine.machines.get(base_of(arn))
        alias = machine.aliases.get(qualifier_of(arn)) if machine is not None else None
        if alias is None:
            raise errors.not_found()
        return alias

    def _routing(self, given: list[dict[str, Any]]) -> list[tuple[str, int]]:
        """Checked. Raises `ServiceError`."""
        arns = [each["stateMachineVersionArn"] for each in given]
        if any(not qualifier_of(arn).isdigit() for arn in arns):
            raise errors.invalid(
                "Routing configuration must contain state machine version ARNs. "
                f"Received: [{', '.join(arns)}]"
            )
        if len({base_of(arn) for arn in arns}) > 1:
            raise errors.invalid("Routing configuration must contain versions of one state machine.")
        if len(set(arns)) < len(arns):
            raise errors.invalid("Routing configuration must contain distinct state machine version ARNs.")
        if sum(each["weight"] for each in given) != 100:
            raise errors.invalid("Sum of routing configuration weights must equal 100.")
        for arn in arns:
            machine = self._engine.machines.get(base_of(arn))
            if machine is None or int(qualifier_of(arn)) not in machine.versions:
                raise errors.not_found()
        return [(each["stateMachineVersionArn"], each["weight"]) for each in given]
