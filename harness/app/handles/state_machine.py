"""State machines of Step Functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.app.handles.asked import asked_input
from harness.app.handles.handle import Handle
from harness.app.handles.messages import as_json
from harness.app.handles.samples import MADE_UP, Sample

_INPUT = "an input is data that JSON can hold"


@dataclass(frozen=True)
class ExecutionState:
    """How an execution stands. `output` is JSON data, None while it has none."""

    arn: str
    name: str
    status: str
    input: Any = None
    output: Any = None
    error: str | None = None
    cause: str | None = None
    described: Mapping[str, Any] = field(default_factory=dict, repr=False)


class ExecutionFailed(Exception):
    """An execution that was waited for ended without success. `execution` is how it stands."""

    def __init__(self, execution: ExecutionState) -> None:
        why = f": {execution.error}: {execution.cause}" if execution.error else ""
        super().__init__(f"{execution.name} ended as {execution.status}{why}")
        self.execution = execution


class StateMachine(Handle):
    """A Step Functions state machine.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html

    >>> saga = cloud.deploy("fixtures/apps/saga/template.yaml")
    >>> _ = saga.queue("Orders").send({"order": "o-1", "goods": "tea"})
    >>> saga.settle()
    True
    >>> [execution.status for execution in saga.state_machine("Saga").executions()]
    ['SUCCEEDED']
    """

    kind = "state machine"
    types = ("AWS::StepFunctions::StateMachine",)

    def start(self, payload: Any = None, *, name: str | None = None) -> str:
        """Start an execution with `payload` as its input, and don't wait. Gives its ARN. `name`: by default a
        made-up one.
        """
        given = {"name": name} if name is not None else {}
        answer = self._client.start_execution(
            stateMachineArn=self.arn, input=as_json(_INPUT, {} if payload is None else payload), **given
        )
        return str(answer["executionArn"])

    def definition(self) -> str:
        """What it does, in the Amazon States Language."""
        with self._cloud.recorder.looking():
            return str(self._client.describe_state_machine(stateMachineArn=self.arn)["definition"])

    def samples(self) -> list[Sample]:
        """One execution, with an input that its first states can read."""
        code = f'app.state_machine("{self.logical_id}").start({{event}})'
        return [Sample(self.logical_id, asked_input(self.definition(), MADE_UP), self.start, code)]

    def run(self, payload: Any = None, *, name: str | None = None) -> Any:
        """Start an express execution with `payload` as its input, and wait for its output. Raises
        `ExecutionFailed`. `name`: by default a made-up one.
        """
        given = {"name": name} if name is not None else {}
        answer = self._client.start_sync_execution(
            stateMachineArn=self.arn, input=as_json(_INPUT, {} if payload is None else payload), **given
        )
        ended = _state(answer)
        if ended.status != "SUCCEEDED":
            raise ExecutionFailed(ended)
        return ended.output

    def execution(self, arn: str) -> ExecutionState:
        """How the execution `arn` stands."""
        return _state(self._client.describe_execution(executionArn=arn))

    def executions(self, status: str | None = None) -> list[ExecutionState]:
        """Every execution, the oldest first; only those of a `status` such as "SUCCEEDED" if one is given."""
        given = {"statusFilter": status} if status else {}
        found: list[ExecutionState] = []
        for page in self._client.get_paginator("list_executions").paginate(stateMachineArn=self.arn, **given):
            found += [self.execution(each["executionArn"]) for each in page["executions"]]
        return found[::-1]

    def events(self, arn: str) -> list[dict[str, Any]]:
        """The history of the execution `arn`, as AWS gives it."""
        pages = self._client.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def stop(self, arn: str, *, error: str = "", cause: str = "") -> None:
        """End the execution `arn` if it still runs; `error` and `cause` are the ones that it ends with."""
        given = {name: told for name, told in (("error", error), ("cause", cause)) if told}
        self._client.stop_execution(executionArn=arn, **given)

    @property
    def _client(self) -> Any:
        return self._cloud.client("stepfunctions")


def _state(described: Mapping[str, Any]) -> ExecutionState:
    return ExecutionState(
        arn=described["executionArn"],
        name=described["name"],
        status=described["status"],
        input=json.loads(described["input"]) if "input" in described else None,
        output=json.loads(described["output"]) if "output" in described else None,
        error=described.get("error"),
        cause=described.get("cause"),
        described=described,
    )
