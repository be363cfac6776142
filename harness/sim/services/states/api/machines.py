"""The operations on state machines.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.sim.services.service import Caller, Operation, Params, ServiceError
from harness.sim.services.states.api import errors, lookup
from harness.sim.services.states.api.versions import VersionsApi
from harness.sim.services.states.engine import StatesEngine, summary
from harness.sim.services.states.language import definition, validation, variables
from harness.sim.services.states.model.machines import STANDARD, Machine, Revision
from harness.sim.services.states.model.naming import base_of, machine_arn

LOGGING_OFF: Mapping[str, Any] = {"level": "OFF", "includeExecutionData": False}
TRACING_OFF: Mapping[str, Any] = {"enabled": False}
METADATA_ONLY = "METADATA_ONLY"
OWN_KEY: Mapping[str, Any] = {"type": "AWS_OWNED_KEY"}


class MachinesApi:
    """One method an operation."""

    def __init__(self, engine: StatesEngine, versions: VersionsApi) -> None:
        self._engine = engine
        self._versions = versions

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "CreateStateMachine": self.create,
            "UpdateStateMachine": self.update,
            "DeleteStateMachine": self.delete,
            "DescribeStateMachine": self.describe,
            "DescribeStateMachineForExecution": self.describe_for_execution,
            "ListStateMachines": self.list,
            "ValidateStateMachineDefinition": self.validate,
        }

    def create(self, params: Params, caller: Caller) -> Params:
        name, kind = params["name"], params.get("type") or STANDARD
        lookup.check_name(name)
        lookup.check_role(params["roleArn"])
        self._check_logging(params.get("loggingConfiguration"), caller)
        arn = machine_arn(caller, name)
        _check_definition(params["definition"], kind)
        existing = self._engine.machines.get(arn)
        revision, tags = self._revision(params, {}, ""), lookup.tags_given(params)
        if existing is not None:
            if not _same(existing, revision, kind):
                raise ServiceError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
            made = existing
        else:
            made = Machine(arn, name, kind, revision, self._engine.world.kernel.now, tags)
            self._engine.machines[arn] = made
        answer: Params = {"stateMachineArn": arn, "creationDate": made.created_at}
        if params.get("publish"):
            answer["stateMachineVersionArn"] = self._versions.publish_now(made, params).arn
        elif params.get("versionDescription"):
            raise errors.invalid("Version description can only be set when publish is true")
        return answer

    def update(self, params: Params, caller: Caller) -> Params:
        machine = lookup.machine(self._engine, params["stateMachineArn"])
        given = (
            "definition",
            "roleArn",
            "loggingConfiguration",
            "tracingConfiguration",
            "encryptionConfiguration",
        )
        if not any(params.get(name) is not None for name in given) and not params.get("publish"):
            raise ServiceError(
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration or "
                "the EncryptionConfiguration must be specified",
            )
        if params.get("roleArn") is not None:
            lookup.check_role(params["roleArn"])
        self._check_logging(params.get("loggingConfiguration"), caller)
        if params.get("definition") is not None:
            _check_definition(params["definition"], machine.kind)
        now, before = self._engine.world.kernel.now, machine.revision
        changed = self._revision(params, _given(before), before.id)
        if _given(changed) != _given(before):
            id_ = self._engine.world.kernel.new_id(f"revisions of {machine.arn}")
            machine.revision = self._revision(params, _given(before), id_)
        answer = summary({"updateDate": now, "revisionId": machine.revision.id or None})
        if params.get("publish"):
            answer["stateMachineVersionArn"] = self._versions.publish_now(machine, params).arn
        return answer

    def delete(self, params: Params, caller: Caller) -> Params:
        lookup.check_arn(params["stateMachineArn"])
        arn = base_of(params["stateMachineArn"])
        if self._engine.machines.pop(arn, None) is not None:
            self._engine.forget(arn)
        return {}

    def describe(self, params: Params, caller: Caller) -> Params:
        arn = params["stateMachineArn"]
        machine, version, alias = lookup.qualified(self._engine, arn)
        if alias is not None:
            raise errors.no_such_machine(arn)
        revision = version.revision if version is not None else machine.revision
        shown = {
            "stateMachineArn": arn,
            "name": machine.name,
            "status": "ACTIVE",
            "definition": "{}" if params.get("includedData") == METADATA_ONLY else revision.definition,
            "roleArn": revision.role,
            "type": machine.kind,
            "creationDate": version.created_at if version is not None else machine.created_at,
            "loggingConfiguration": revision.logging,
            "tracingConfiguration": revision.tracing,
            "encryptionConfiguration": revision.encryption,
            "revisionId": revision.id or None,
            "description": (version.description or None) if version is not None else None,
            "variableReferences": revision.references or None,
        }
        return summary(shown)

    def describe_for_execution(self, params: Params, caller: Caller) -> Params:
        execution = lookup.execution(self._engine, params["executionArn"])
        revision, map_run = execution.revision, execution.map_run
        shown = {
            "stateMachineArn": execution.machine.arn,
            "name": execution.machine.name,
            "definition": revision.definition,
            "roleArn": revision.role,
            "updateDate": execution.machine.created_at,
            "loggingConfiguration": revision.logging,
            "tracingConfiguration": revision.tracing,
            "encryptionConfiguration": revision.encryption,
            "revisionId": revision.id or None,
            "mapRunArn": map_run.arn if map_run is not None else None,
            "variableReferences": revision.references or None,
        }
        return summary(shown)

    def list(self, params: Params, caller: Caller) -> Params:
        beginning = machine_arn(caller, "")
        found = [
            {
                "stateMachineArn": each.arn,
                "name": each.name,
                "type": each.kind,
                "creationDate": each.created_at,
            }
            for each in self._engine.machines.values()
            if each.arn.startswith(beginning)
        ]
        return lookup.page("stateMachines", found, params)

    def validate(self, params: Params, caller: Caller) -> Params:
        found = validation.problems(params["definition"], params.get("type") or STANDARD)
        if params.get("severity", "ERROR") == "ERROR":
            found = [problem for problem in found if problem.severity == "ERROR"]
        most = params.get("maxResults") or len(found)
        shown = [
            summary(
                {
                    "severity": problem.severity,
                    "code": problem.code,
                    "message": problem.message,
                    "location": problem.location,
                }
            )
            for problem in found
        ]
        failed = any(problem.severity == "ERROR" for problem in found)
        return {
            "result": "FAIL" if failed else "OK",
            "diagnostics": shown[:most],
            "truncated": len(shown) > most,
        }

    def _revision(self, params: Params, before: Mapping[str, Any], id_: str) -> Revision:
        text = _or(params.get("definition"), before.get("definition"))
        return Revision(
            id=id_,
            definition=text,
            parsed=definition.parse(text),
            role=_or(params.get("roleArn"), before.get("role")),
            logging=_logging(params.get("loggingConfiguration"), before.get("logging")),
            tracing=_or(params.get("tracingConfiguration"), before.get("tracing")) or TRACING_OFF,
            encryption=_or(params.get("encryptionConfiguration"), before.get("encryption")) or OWN_KEY,
            references=variables.variable_references(text),
        )

    def _check_logging(self, config: Mapping[str, Any] | None, caller: Caller) -> None:
        """https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html"""
        if not config:
            return
        destinations = config.get("destinations")
        if len(destinations or ()) > 1 or (not destinations and config.get("level", "OFF") != "OFF"):
            raise _bad_logging("Must specify exactly one Log Destination.")
        for destination in destinations or ():
            arn = (destination.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn") or ""
            parts = arn.split(":")
            if len(parts) < 7 or parts[2] != "logs":
                raise _bad_logging("Must specify exactly one Log Destination.")
            if parts[6] not in self._engine.world.held.backend("logs", parts[3]).groups:
                raise _bad_logging("Log Destination not found.")


def _check_definition(text: str, kind: str) -> None:
    told = validation.invalid_definition_message(text, kind)
    if told is not None:
        raise ServiceError("InvalidDefinition", told)


def _logging(given: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> Mapping[str, Any]:
    found = _or(given, before)
    return {**LOGGING_OFF, **{name: value for name, value in (found or {}).items() if value is not None}}


def _given(revision: Revision) -> dict[str, Any]:
    return {
        "definition": revision.definition,
        "role": revision.role,
        "logging": revision.logging,
        "tracing": revision.tracing,
        "encryption": revision.encryption,
    }


def _same(existing: Machine, revision: Revision, kind: str) -> bool:
    """Is it the same state machine again? Then creating it is idempotent, whatever its role and tags."""
    before = {**_given(existing.revision), "role": revision.role}
    return existing.kind == kind and before == _given(revision)


def _bad_logging(why: str) -> ServiceError:
    return ServiceError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {why}")


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value
