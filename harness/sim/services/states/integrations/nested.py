"""`.sync`: the task ends when the execution that it started ends.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

from __future__ import annotations

from typing import Any

from harness.cloud import Unsupported
from harness.sim.activities import Killed
from harness.sim.services.states.integrations.job import Job, TimedOut
from harness.sim.services.states.integrations.resource import SYNC_2
from harness.sim.services.states.interpreter.failure import StateFailed
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model import executions
from harness.sim.services.states.model.document import Document
from harness.sim.services.states.model.executions import Execution


def wait_for(job: Job, result: Any) -> Document:
    """Wait for the end of what the call has started. Raises `StateFailed`, `TimedOut`."""
    if job.resource.service != "states":
        raise Unsupported(f"{job.resource.arn}: the simulator waits for executions of Step Functions only")
    engine, kernel = job.strand.run.engine, job.strand.run.world.kernel
    execution = engine.executions[result["ExecutionArn"]]
    execution.waited_for = True
    try:
        while not execution.is_over:
            if job.timeout is None:
                kernel.wait(execution.ended)
                continue
            left = job.began_at + job.timeout - kernel.now
            if left <= 0 or not kernel.wait(execution.ended, left):
                raise TimedOut
    except (Killed, TimedOut):
        engine.stop(execution, None, "The task that started this execution has ended.")
        raise
    shown = _shown(execution, parsed=job.resource.pattern == SYNC_2)
    if execution.status != executions.SUCCEEDED:
        raise StateFailed(errors.TASK_FAILED, to_json(shown))
    return Document(shown)


def _shown(execution: Execution, *, parsed: bool) -> dict[str, Any]:
    """The execution as the state gets it: with `parsed`, its output is JSON and not a text."""
    found: dict[str, Any] = {
        "ExecutionArn": execution.arn,
        "Input": execution.input.value if parsed else execution.input.text,
        "InputDetails": {"Included": True},
        "Name": execution.name,
        "StartDate": round(execution.started_at * 1000),
        "StateMachineArn": execution.machine.arn,
        "Status": execution.status,
        "StopDate": round((execution.stopped_at or 0.0) * 1000),
        "RedriveCount": execution.redrives,
        "RedriveStatus": "NOT_REDRIVABLE" if execution.status == executions.SUCCEEDED else "REDRIVABLE",
    }
    if execution.status == executions.SUCCEEDED:
        found["RedriveStatusReason"] = "Execution is SUCCEEDED and cannot be redriven"
    if execution.output is not None:
        found["Output"] = execution.output.value if parsed else execution.output.text
        found["OutputDetails"] = {"Included": True}
    found |= {name: told for name, told in (("Error", execution.error), ("Cause", execution.cause)) if told}
    return dict(sorted(found.items()))
