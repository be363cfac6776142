"""TestState.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.sim.services.service import Caller, Operation, Params, ServiceError
from harness.sim.services.states.api import errors
from harness.sim.services.states.engine import StatesEngine
from harness.sim.services.states.integrations import sdk
from harness.sim.services.states.integrations.resource import SERVICE, TaskResource
from harness.sim.services.states.integrations.resource import parse as parse_resource
from harness.sim.services.states.language import definition, validation
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.scope import StateScope
from harness.sim.services.states.model.document import Document, parsed
from harness.sim.services.states.model.executions import SUCCEEDED
from harness.sim.services.states.model.machines import EXPRESS, Machine, Revision
from harness.sim.services.states.model.naming import machine_arn
from harness.sim.services.states.texts import timestamp
from harness.sim.services.states.trial.contexts import context_problem, text_problem
from harness.sim.services.states.trial.mocks import STRICT, answer_problem, mock_problem
from harness.sim.services.states.trial.walk import Trial, TrialProgress

UNNAMED = "StateName"
"""The name of a state that is tried, as its context object has it."""
_NO_MAPS = (
    "TestState API does not support Map or Parallel states. "
    "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
)


class TrialsApi:
    """The operation TestState."""

    def __init__(self, engine: StatesEngine) -> None:
        self._engine = engine

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {"TestState": self.try_state}

    def try_state(self, params: Params, caller: Caller) -> Params:
        state, mock = _state(params), params.get("mock")
        _check_mock(state, mock)
        if mock is None and state.type == "Task" and not params.get("roleArn"):
            raise errors.invalid("RoleArn must be specified when testing a Task state")
        given = _document(params.get("input") or "{}", "input")
        exchanged: dict[str, Any] = {}
        trial = Trial(
            state,
            given,
            self._scope(params, caller, state, given),
            lambda payload: self._work(state, payload, mock, params, caller, exchanged),
            alone="States" not in _object_of(params["definition"]),
            progress=_progress(params, mock),
        )
        if params.get("variables"):
            variables = _document(params["variables"], "variables")
            if variables.value:
                trial.seen["variables"] = variables.text
        answer = {name: value for name, value in trial.run().items() if value not in (None, "")}
        if params.get("inspectionLevel", "INFO") != "INFO":
            answer["inspectionData"] = trial.seen
        if params.get("inspectionLevel") == "TRACE":
            answer["inspectionData"] |= exchanged
        return answer

    def _scope(self, params: Params, caller: Caller, state: StateDefinition, given: Document) -> StateScope:
        kernel = self._engine.world.kernel
        return StateScope(
            input=given.value,
            context=self._context(params, caller, state, given),
            variables=_document(params.get("variables") or "{}", "variables").value,
            chance=kernel.chance("states that are tried"),
            now=kernel.now,
        )

    def _context(
        self, params: Params, caller: Caller, state: StateDefinition, given: Document
    ) -> Mapping[str, Any]:
        text = params.get("context")
        if text is not None:
            why = text_problem(text) or context_problem(json.loads(text), state)
            if why is not None:
                raise errors.invalid(f"Invalid Context object provided: {why}")
            context: Mapping[str, Any] = json.loads(text)
            return context
        kernel = self._engine.world.kernel
        name, machine = (kernel.new_id("states that are tried") for _ in range(2))
        arn = machine_arn(caller, machine)
        about: dict[str, Any] = {"Name": UNNAMED, "EnteredTime": timestamp(kernel.now)}
        if state.type in ("Task", "Map", "Parallel"):
            about["RetryCount"] = (params.get("stateConfiguration") or {}).get("retrierRetryCount", 0)
        return {
            "Execution": {
                "Id": f"{arn.replace(':stateMachine:', ':express:')}:{name}",
                "Input": given.value,
                "Name": name,
                "RoleArn": params.get("roleArn"),
                "StartTime": timestamp(kernel.now),
            },
            "StateMachine": {"Id": arn, "Name": machine},
            "State": about,
        }

    def _work(
        self,
        state: StateDefinition,
        payload: Document,
        mock: Mapping[str, Any] | None,
        params: Params,
        caller: Caller,
        exchanged: dict[str, Any],
    ) -> Document:
        if mock is None:
            return self._done(state, payload, params, caller, exchanged)
        failed = mock.get("errorOutput")
        if failed is not None:
            raise StateError(failed.get("error", ""), failed.get("cause", ""))
        return parsed(mock["result"]) if "result" in mock else Document({})

    def _done(
        self,
        state: StateDefinition,
        payload: Document,
        params: Params,
        caller: Caller,
        exchanged: dict[str, Any],
    ) -> Document:
        """The work of the task is done, by an execution of it alone that nobody can see."""
        alone = {"Type": "Task", "Resource": state.raw["Resource"], "End": True}
        text = json.dumps({"StartAt": state.name, "States": {state.name: alone}})
        role = params.get("roleArn", "")
        revision = Revision("", text, definition.parse(text), role, {"level": "OFF"}, {}, {}, {})
        kernel = self._engine.world.kernel
        name = kernel.new_id("states that are tried")
        machine = Machine(machine_arn(caller, name), name, EXPRESS, revision, kernel.now)
        execution = self._engine.start(machine, revision, payload, name)
        while not execution.is_over:
            kernel.wait(execution.ended)
        self._engine.executions.pop(execution.arn)
        if execution.exchange is not None:
            sent = execution.exchange.request if params.get("revealSecrets") else execution.exchange.bare
            exchanged.update(request=sent, response=execution.exchange.response)
        if execution.status != SUCCEEDED or execution.output is None:
            raise StateError(execution.error or "", execution.cause or "")
        return execution.output


def _state(params: Params) -> StateDefinition:
    text, name = params["definition"], params.get("stateName")
    whole = _object_of(text)
    told = [
        str(each)
        for each in (validation.problems(text) if "States" in whole else validation.problems_of_state(text))
        if each.severity == "ERROR"
    ]
    if told:
        raise ServiceError("InvalidDefinition", f"Invalid State Machine Definition: '{', '.join(told)}'")
    if "States" not in whole:
        return definition.parse_state(name or UNNAMED, whole)
    if name is None:
        raise errors.invalid("stateName must be specified when the definition is a state machine")
    for state in _states(definition.parse(whole)):
        if state.name == name:
            return state
    raise errors.invalid("State not found in definition")


def _states(machine: definition.MachineDefinition) -> list[StateDefinition]:
    found = []
    for state in machine.states.values():
        inner = (*state.branches, *((state.processor,) if state.processor else ()))
        found += [state, *(each for nested in inner for each in _states(nested))]
    return found


def _object_of(text: str) -> Mapping[str, Any]:
    try:
        whole = json.loads(text)
    except ValueError:
        return {}
    return whole if isinstance(whole, dict) else {}


def _check_mock(state: StateDefinition, mock: Mapping[str, Any] | None) -> None:
    if mock is None:
        if state.type in ("Map", "Parallel"):
            raise ServiceError("InvalidDefinition", _NO_MAPS)
        return
    why = mock_problem(mock, state)
    if why is None and "result" in mock and state.type == "Task":
        resource = parse_resource(state.raw["Resource"])
        if resource.kind == SERVICE and resource.service not in ("apigateway", "http"):
            mode = mock.get("fieldValidationMode") or STRICT
            why = answer_problem(json.loads(mock["result"]), _answer_shape(resource), mode)
    if why is not None:
        raise errors.invalid(why)


def _answer_shape(resource: TaskResource) -> Any:
    from harness import wire

    model = wire.service_model(sdk.service_name(resource))
    wanted = resource.action.lower()
    operation = next((name for name in model.operation_names if name.lower() == wanted), None)
    return model.operation_model(operation).output_shape if operation is not None else None


def _progress(params: Params, mock: Mapping[str, Any] | None) -> TrialProgress:
    given = params.get("stateConfiguration") or {}
    failed = given.get("mapIterationFailureCount")
    if failed is not None and mock is None:
        raise errors.invalid(
            "TestState does not support MapIterationFailureCount when a mock is not specified."
        )
    if failed is not None and mock is not None and "result" in mock:
        result = json.loads(mock["result"])
        if isinstance(result, list) and failed > len(result):
            raise errors.invalid(
                "Map iteration failure count must be less than or equal to the number of Map iterations"
            )
    return TrialProgress(given.get("retrierRetryCount", 0), failed or 0, given.get("mapItemReaderData") or "")


def _document(text: str, member: str) -> Document:
    try:
        return parsed(text)
    except ValueError:
        raise ServiceError(
            "InvalidExecutionInput", f"Invalid State Machine Execution Input: the {member} is no JSON"
        ) from None
