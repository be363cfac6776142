"""Durable executions of a function, and the callbacks that they wait for."""

from __future__ import annotations

import json
from typing import Any

from harness.app.handles.messages import as_json
from harness.cloud import Cloud, RunsDurably, lacks

_RESULT = "the result of a callback is data that JSON can hold"
YEAR_SECONDS = 366 * 86_400.0
"""An execution lasts no longer."""


class DurableExecution:
    """One execution of a durable function.

    https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html

    >>> approvals = cloud.deploy("fixtures/apps/approvals/template.yaml")
    >>> _ = approvals.topic("Expenses").publish({"expense": "e-1", "amount": 42})
    >>> approvals.advance(seconds=60)
    >>> [execution] = approvals.function("Approve").durable_executions()
    >>> execution.callback("decision").succeed({"approved": True})
    >>> approvals.settle(within_seconds=30 * 86_400)
    True
    >>> execution.status
    'SUCCEEDED'
    """

    def __init__(self, cloud: Cloud, arn: str) -> None:
        self._cloud = cloud
        self.arn = arn

    def __repr__(self) -> str:
        return f"<DurableExecution {self.name}: {self.status}>"

    @property
    def name(self) -> str:
        """Its name: the one that it was started with, or a made-up one."""
        return self.arn.split("/")[-2]

    @property
    def status(self) -> str:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or STOPPED."""
        return str(self._told()["Status"])

    @property
    def result(self) -> Any:
        """What the function returned; None as long as it hasn't."""
        text = self._told().get("Result")
        return None if text is None else json.loads(text)

    @property
    def error(self) -> dict[str, Any] | None:
        """Its error: ErrorType, ErrorMessage and more; None if it has none."""
        found: dict[str, Any] | None = self._told().get("Error")
        return found

    def events(self) -> list[dict[str, Any]]:
        """Its own history, as AWS gives it."""
        with self._cloud.recorder.looking():
            pages = self._client.get_paginator("get_durable_execution_history").paginate(
                DurableExecutionArn=self.arn, IncludeExecutionData=True
            )
            return [event for page in pages for event in page["Events"]]

    def callback(self, name: str = "", *, within_seconds: float = YEAR_SECONDS) -> Callback:
        """Let time pass until it waits for a callback: any, or the one that its code gave this `name`.

        Raises `LookupError` if it ends before, or `within_seconds` are over.
        """
        if not isinstance(self._cloud, RunsDurably):
            raise lacks(self._cloud, "callbacks of durable executions", "the simulator has them")
        return Callback(self._cloud, self._cloud.await_callback(self.arn, name, within_seconds))

    def stop(self, message: str = "stopped by the test") -> None:
        """End it, whatever it does; `message` is the error that it ends with."""
        self._client.stop_durable_execution(DurableExecutionArn=self.arn, Error={"ErrorMessage": message})

    @property
    def _client(self) -> Any:
        return self._cloud.client("lambda")

    def _told(self) -> dict[str, Any]:
        with self._cloud.recorder.looking():
            found: dict[str, Any] = self._client.get_durable_execution(
                DurableExecutionArn=self.arn, IncludeExecutionData=True
            )
        return found


class Callback:
    """An answer that an execution waits for. The test gives it: it is the world outside."""

    def __init__(self, cloud: Cloud, id_: str) -> None:
        self._cloud = cloud
        self.id = id_

    def succeed(self, result: Any = None) -> None:
        """Answer with a `result`. A text is sent as it is, other data as JSON."""
        self._cloud.client("lambda").send_durable_execution_callback_success(
            CallbackId=self.id, Result=result if isinstance(result, str) else as_json(_RESULT, result)
        )

    def fail(self, message: str, kind: str = "CallbackFailed") -> None:
        """Answer that it failed: `message` and `kind` are the error's message and type."""
        self._cloud.client("lambda").send_durable_execution_callback_failure(
            CallbackId=self.id, Error={"ErrorType": kind, "ErrorMessage": message}
        )

    def heartbeat(self) -> None:
        """Say that somebody still works on it."""
        self._cloud.client("lambda").send_durable_execution_callback_heartbeat(CallbackId=self.id)
