"""Durable functions for the conformance tests: their code speaks the protocol itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.conformance.lambda_helpers import ROLE, TELLING, archive

_PROTOCOL = Path(__file__).parents[2] / "fixtures/apps/approvals/src/durable.py"
DAY = 86_400


def create_durable(
    cloud: Any, source: str, *, name: str = "work", seen: str = "", timeout: int = DAY, **settings: Any
) -> str:
    """Create a durable function from a handler's source; returns its ARN. `timeout`: of executions."""
    if seen:
        settings["Environment"] = {"Variables": {"SEEN": seen}}
    head = TELLING if seen else ""
    code = f"{head}\nfrom durable import durable, Failed, Suspended, Execution\n{dedent(source)}"
    settings = {"Runtime": "python3.13", "Role": ROLE, "Handler": "app.handler", "Timeout": 30} | settings
    settings.setdefault("DurableConfig", {"ExecutionTimeout": timeout})
    content = archive(code, durable=_PROTOCOL.read_text(encoding="utf-8"))
    created = cloud.client("lambda").create_function(FunctionName=name, Code={"ZipFile": content}, **settings)
    arn: str = created["FunctionArn"]
    return arn


def start(cloud: Any, payload: Any = None, *, name: str = "work", **settings: Any) -> str:
    """Start an execution, and don't wait; returns its ARN."""
    answer = cloud.client("lambda").invoke(
        FunctionName=name,
        Qualifier="$LATEST",
        InvocationType="Event",
        Payload=json.dumps(payload),
        **settings,
    )
    arn: str = answer["DurableExecutionArn"]
    return arn


def execution(cloud: Any, arn: str) -> dict[str, Any]:
    """What GetDurableExecution says."""
    found: dict[str, Any] = cloud.client("lambda").get_durable_execution(
        DurableExecutionArn=arn, IncludeExecutionData=True
    )
    return found


def ended(cloud: Any, arn: str, *, days: float = 1.0) -> tuple[str, Any]:
    """The status of an execution once all is at rest, and its result or its error."""
    cloud.settle(days * DAY)
    found = execution(cloud, arn)
    result = found.get("Result")
    return found["Status"], found.get("Error") if result is None else json.loads(result)


def kinds(cloud: Any, arn: str) -> Sequence[str]:
    """The kinds of the events of an execution."""
    answer = cloud.client("lambda").get_durable_execution_history(DurableExecutionArn=arn)
    return [event["EventType"] for event in answer["Events"]]


def callback_id(cloud: Any, arn: str) -> str:
    """The id of the callback that an execution waits for."""
    answer = cloud.client("lambda").get_durable_execution_history(
        DurableExecutionArn=arn, IncludeExecutionData=True
    )
    begun = [event for event in answer["Events"] if event["EventType"] == "CallbackStarted"]
    found: str = begun[-1]["CallbackStartedDetails"]["CallbackId"]
    return found
