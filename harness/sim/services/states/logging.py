"""Executions in CloudWatch Logs.

https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model.executions import Execution
from harness.sim.services.states.model.history import HistoryEvent
from harness.sim.world import World

_FAILED = ("Failed", "TimedOut", "Aborted")


class ExecutionLogs:
    """Writes the events of executions to the log groups of their state machines."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._streams: dict[str, str] = {}

    def write(self, execution: Execution, event: HistoryEvent) -> None:
        """Write an event, if the state machine's level asks for it."""
        config = execution.revision.logging
        group = _group(config)
        if not group or not _is_wanted(str(config.get("level", "OFF")), event.kind):
            return
        logs = self._world.held.backend("logs", execution.arn.split(":")[3])
        if group not in logs.groups:
            return
        stream = self._stream(logs, group, execution)
        message = to_json(self._message(execution, event, bool(config.get("includeExecutionData"))))
        logs.put_log_events(group, stream, [{"timestamp": round(event.at * 1000), "message": message}])

    def _stream(self, logs: Any, group: str, execution: Execution) -> str:
        key = f"{group} {execution.arn}"
        if key not in self._streams:
            started = datetime.fromtimestamp(execution.started_at, UTC)
            id_ = self._world.kernel.new_id(f"log streams of {execution.machine.arn}")[:8]
            self._streams[key] = f"states/{execution.machine.name}/{started:%Y-%m-%d-%H-%M}/{id_}"
            logs.create_log_stream(group, self._streams[key])
        return self._streams[key]

    def _message(self, execution: Execution, event: HistoryEvent, data: bool) -> dict[str, Any]:
        details = event.rendered(include_data=data).get(event.member, {})
        return {
            "id": str(event.id),
            "type": event.kind,
            "details": details,
            "redrive_count": str(execution.redrives),
            "previous_event_id": str(event.previous),
            "event_timestamp": str(round(event.at * 1000)),
            "execution_arn": execution.arn,
        }


def _group(config: Any) -> str:
    for destination in (config or {}).get("destinations") or ():
        arn = (destination.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn") or ""
        parts = arn.split(":")
        if len(parts) > 6:
            return str(parts[6])
    return ""


def _is_wanted(level: str, kind: str) -> bool:
    """https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-log-level"""
    if level == "ALL":
        return True
    if level == "FATAL":
        return kind in ("ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut")
    return level == "ERROR" and (kind.endswith(_FAILED) or kind == "FailStateEntered")
