"""The end of a workflow's execution, and of the messages that started it: the same on every cloud."""

from __future__ import annotations

from dataclasses import dataclass

from harness.history.event import Event
from harness.history.vocabulary import Recorder

SUCCEEDED = "SUCCEEDED"
FAILED_EXECUTIONS = " (failed executions)"
"""Behind a state machine's name: its standard executions that failed, which are kept for 90 days.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""


@dataclass(frozen=True, kw_only=True)
class ExecutionEnd:
    """How an execution ended. `meant`: a Fail state ended it; `waited_for`: its starter learns its end."""

    status: str
    error: str | None = None
    cause: str | None = None
    meant: bool = False
    waited_for: bool = False
    express: bool = False

    @property
    def why(self) -> str | None:
        """Error and cause, as far as they were told."""
        return ": ".join(filter(None, (self.error, self.cause))) or None


def record_end(recorder: Recorder, begun: Event, end: ExecutionEnd, *, actor: str) -> tuple[Event, bool]:
    """Record it; gives the event, and whether the execution is kept with its input.

    What a Fail state ends was thought of, and of what is waited for the starter learns; after any other
    failure somebody must act.
    """
    succeeded, place, messages = end.status == SUCCEEDED, begun.subject, begun.messages
    outcome = "ok" if succeeded else end.status.lower()
    ended = recorder.execution_ended(begun, outcome, error=end.why)
    if succeeded or not messages:
        return ended, False
    reason = f"its execution ended as {end.status}" + (f": {end.why}" if end.why else "")
    if end.meant or end.waited_for:
        recorder.purged(place, messages, reason=reason, cause=ended, actor=actor)
    elif end.express:
        recorder.dropped(place, messages, reason=reason, cause=ended, actor=actor)
    else:  # it can be redriven
        kept = f"{place}{FAILED_EXECUTIONS}"
        recorder.dead_lettered(
            place, messages, to=kept, ids=messages, reason=reason, cause=ended, actor=actor
        )
        return ended, True
    return ended, False
