"""The logs of functions, in the log groups of CloudWatch.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.sim.sandbox.shapes import LogLine
from harness.sim.services.held import HeldByMoto


class LogGroups:
    """Brings the lines of runs to CloudWatch Logs when somebody looks there: most runs aren't looked at."""

    def __init__(self, held: HeldByMoto) -> None:
        self._held = held
        self._pending: list[tuple[str, str, str, tuple[LogLine, ...]]] = []
        held.before("logs", self._flush)

    def keep(self, region: str, group: str, stream: str, lines: tuple[LogLine, ...]) -> None:
        """A run has written these lines."""
        if lines:
            self._pending.append((region, group, stream, lines))
            self._held.tell_lines(region, group, stream, tuple([(line.at, line.text) for line in lines]))

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        for region, group, stream, lines in pending:
            _put(self._held.backend("logs", region), group, stream, lines)


def _put(logs: Any, group: str, stream: str, lines: Iterable[LogLine]) -> None:
    if group not in logs.groups:
        logs.create_log_group(group, tags={})
    if stream not in logs.groups[group].streams:
        logs.create_log_stream(group, stream)
    events = [{"timestamp": round(line.at * 1000), "message": line.text} for line in lines]
    logs.put_log_events(group, stream, events)
