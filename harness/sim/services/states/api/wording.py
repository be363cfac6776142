"""Where Step Functions' answers to bad parameters differ from its model."""

from __future__ import annotations

from harness.sim.services.validation import Wording

WORDING = Wording(
    orders={
        "ExecutionStatus": ("SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"),
    },
)
