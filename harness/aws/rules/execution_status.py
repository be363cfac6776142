"""Changes of the status of a workflow's execution, as the default bus is told of them.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DETAIL_TYPE = "Step Functions Execution Status Change"
PAYLOADS_BYTES_MAX = 248 * 1024
"""Of input and output together; what is longer is left out, the input first."""


@dataclass(frozen=True, kw_only=True)
class ExecutionStatus:
    """An execution as it stands. Moments are epoch seconds, input and output JSON texts."""

    arn: str
    machine: str
    name: str
    status: str
    started_at: float
    stopped_at: float | None = None
    input: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    version: str | None = None
    alias: str | None = None
    redrives: int = 0
    redriven_at: float | None = None

    @property
    def bus(self) -> str:
        """The default bus of its account and region."""
        _, partition, _, region, account, *_ = self.arn.split(":")
        return f"arn:{partition}:events:{region}:{account}:event-bus/default"

    def event(self) -> dict[str, Any]:
        """The event for the bus."""
        texts = {"input": self.input, "output": self.output}
        for name in texts:
            if sum(len((text or "").encode()) for text in texts.values()) > PAYLOADS_BYTES_MAX:
                texts[name] = None
        told = {"inputDetails": (self.input, "input"), "outputDetails": (self.output, "output")}
        return {
            "detail-type": DETAIL_TYPE,
            "source": "aws.states",
            "resources": [self.arn],
            "detail": {
                "executionArn": self.arn,
                "stateMachineArn": self.machine,
                "stateMachineVersionArn": self.version,
                "stateMachineAliasArn": self.alias,
                "name": self.name,
                "status": self.status,
                "startDate": _millis(self.started_at),
                "stopDate": _millis(self.stopped_at),
                "redriveCount": self.redrives,
                "redriveDate": _millis(self.redriven_at),
                "error": self.error,
                "cause": self.cause,
                **texts,
                **{
                    member: None if given is None else {"included": texts[name] is not None}
                    for member, (given, name) in told.items()
                },
            },
        }


def _millis(at: float | None) -> int | None:
    return None if at is None else round(at * 1000)
