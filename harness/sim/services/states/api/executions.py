"""The operations on executions.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.sim.services.service import Caller, Operation, Params, ServiceError
from harness.sim.services.states.api import errors, lookup
from harness.sim.services.states.engine import StatesEngine, summary
from harness.sim.services.states.model import executions
from harness.sim.services.states.model.document import Document
from harness.sim.services.states.model.executions import Execution
from harness.sim.services.states.model.naming import execution_arn

HISTORY_PAGE = 1000
_ENDED = (executions.FAILED, executions.TIMED_OUT, executions.ABORTED)


class ExecutionsApi:
    """One method an operation."""

    def __init__(self, engine: StatesEngine) -> None:
        self._engine = engine

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "StartExecution": self.start,
            "StartSyncExecution": self.start_sync,
            "StopExecution": self.stop,
            "DescribeExecution": self.describe,
            "ListExecutions": self.list,
            "GetExecutionHistory": self.history,
            "RedriveExecution": self.redrive,
        }

    def start(self, params: Params, caller: Caller) -> Params:
        given = lookup.given_input(params.get("input"))
        execution = self._started(params, caller, given)
        return {"executionArn": execution.arn, "startDate": execution.started_at}

    def start_sync(self, params: Params, caller: Caller) -> Params:
        machine = lookup.machine(self._engine, params["stateMachineArn"])
        if not machine.is_express:
            raise errors.wrong_type()
        given = lookup.given_input(params.get("input"))
        execution = self._started(params, caller, given, waited_for=True)
        while not execution.is_over:
            self._engine.world.kernel.wait(execution.ended)
        return shown_sync(execution)

    def stop(self, params: Params, caller: Caller) -> Params:
        execution = lookup.execution(self._engine, params["executionArn"])
        if not execution.is_over:
            self._engine.stop(execution, params.get("error"), params.get("cause"))
        return {"stopDate": execution.stopped_at}

    def describe(self, params: Params, caller: Caller) -> Params:
        return described(lookup.execution(self._engine, params["executionArn"]))

    def list(self, params: Params, caller: Caller) -> Params:
        wanted = self._listed(params)
        status = params.get("statusFilter")
        redriven = params.get("redriveFilter")
        found = [
            _listed(execution)
            for execution in reversed(self._engine.executions.values())
            if wanted(execution)
            and status in (None, execution.status)
            and redriven in (None, "REDRIVEN" if execution.redrives else "NOT_REDRIVEN")
        ]
        return lookup.page("executions", found, params)

    def history(self, params: Params, caller: Caller) -> Params:
        execution = lookup.execution(self._engine, params["executionArn"])
        include = params.get("includeExecutionData")
        events = execution.history.events
        ordered = reversed(events) if params.get("reverseOrder") else events
        found = [event.rendered(include_data=include is not False) for event in ordered]
        limit = {**params, "maxResults": params.get("maxResults") or HISTORY_PAGE}
        return lookup.page("events", found, limit)

    def redrive(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html"""
        execution = lookup.execution(self._engine, params["executionArn"])
        token = params.get("clientToken") or ""
        if token and token == execution.redriven_by:
            return {"redriveDate": execution.redriven_at}
        if execution.status not in _ENDED:
            status = execution.status
            told = f"Execution is {status} and cannot be redriven"
            raise ServiceError("ExecutionNotRedrivable", f"Execution Not Redrivable: '{told}'")
        self._engine.redrive(execution)
        execution.redriven_by = token
        return {"redriveDate": execution.redriven_at}

    def _listed(self, params: Params) -> Callable[[Execution], bool]:
        """The executions that a list is of: a state machine's, a version's, an alias's or a map run's."""
        map_run = params.get("mapRunArn")
        if (map_run is None) == (params.get("stateMachineArn") is None):
            raise errors.invalid("Must specify one of stateMachineArn or mapRunArn")
        if map_run is not None:
            if map_run not in self._engine.map_runs:
                raise errors.not_found(f"Resource not found: '{map_run}'")
            return lambda execution: execution.map_run is not None and execution.map_run.arn == map_run
        arn = params["stateMachineArn"]
        if arn.split(":")[5:6] != ["stateMachine"]:
            raise errors.invalid_arn(arn) if not arn.startswith("arn:") else errors.no_such_machine(arn)
        machine, version, alias = lookup.qualified(self._engine, arn)
        if machine.is_express:
            raise errors.wrong_type()
        if alias is not None:
            return lambda execution: execution.alias_arn == alias.arn
        if version is not None:
            return lambda execution: execution.version_arn == version.arn
        return lambda execution: execution.machine is machine and execution.map_run is None

    def _started(
        self, params: Params, caller: Caller, given: Document, *, waited_for: bool = False
    ) -> Execution:
        arn = params["stateMachineArn"]
        machine, version, alias = lookup.qualified(self._engine, arn)
        world = self._engine.world
        name = params.get("name") or world.kernel.new_id(f"executions of {machine.arn}")
        lookup.check_name(name)
        existing = self._engine.executions.get(execution_arn(machine.arn, name))
        if existing is not None and not machine.is_express:
            if existing.is_over or existing.input.text != given.text:
                raise ServiceError("ExecutionAlreadyExists", f"Execution Already Exists: '{existing.arn}'")
            return existing
        place = world.names.of(machine.arn)
        message = caller.request_id or world.kernel.new_id()
        accepted = world.recorder.accepted(place, message, body=given.value)
        with world.recorder.caused_by(accepted):
            return self._engine.start(
                machine,
                version.revision if version is not None else machine.revision,
                given,
                name,
                version_arn=version.arn if version is not None else "",
                alias_arn=alias.arn if alias is not None else "",
                trace=params.get("traceHeader") or caller.trace,
                messages=(message,),
                source=place,
                waited_for=waited_for,
            )


def described(execution: Execution) -> Params:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html"""
    ended = execution.status in _ENDED
    shown = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "stateMachineVersionArn": execution.version_arn or None,
        "stateMachineAliasArn": execution.alias_arn or None,
        "mapRunArn": execution.map_run.arn if execution.map_run is not None else None,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started_at,
        "stopDate": execution.stopped_at,
        "input": execution.input.text,
        "inputDetails": {"included": True},
        "error": execution.error,
        "cause": execution.cause,
        "redriveCount": execution.redrives,
        "redriveDate": execution.redriven_at,
        "redriveStatus": "REDRIVABLE" if ended else "NOT_REDRIVABLE",
        "redriveStatusReason": None if ended else f"Execution is {execution.status} and cannot be redriven",
    }
    if execution.output is not None:
        shown |= {"output": execution.output.text, "outputDetails": {"included": True}}
    return summary(shown)


def shown_sync(execution: Execution) -> Params:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html"""
    assert execution.stopped_at is not None
    took = math.ceil((execution.stopped_at - execution.started_at) * 10) * 100
    shown = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started_at,
        "stopDate": execution.stopped_at,
        "input": execution.input.text,
        "inputDetails": {"included": True},
        "error": execution.error,
        "cause": execution.cause,
        "billingDetails": {"billedDurationInMilliseconds": took, "billedMemoryUsedInMB": 64},
    }
    if execution.output is not None:
        shown["output"] = execution.output.text
    return summary({**shown, "outputDetails": {"included": True}})


def _listed(execution: Execution) -> Params:
    return summary(
        {
            "executionArn": execution.arn,
            "stateMachineArn": execution.machine.arn,
            "stateMachineVersionArn": execution.version_arn or None,
            "stateMachineAliasArn": execution.alias_arn or None,
            "mapRunArn": execution.map_run.arn if execution.map_run is not None else None,
            "name": execution.name,
            "status": execution.status,
            "startDate": execution.started_at,
            "stopDate": execution.stopped_at,
            "itemCount": execution.items,
            "redriveCount": execution.redrives,
            "redriveDate": execution.redriven_at,
        }
    )
