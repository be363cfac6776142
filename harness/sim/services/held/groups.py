"""Log groups of CloudWatch Logs without a request, as templates have many."""

from __future__ import annotations

import json

from moto.logs.responses import LogsResponse

from harness.sim.services.held.actions import Acts, Answer
from harness.wire import Params, Stamp


class ActingOnGroups(Acts, LogsResponse):  # type: ignore[misc]
    """Creates a log group, and has nothing to tell of it."""

    def __init__(self, stamp: Stamp, account: str, params: Params) -> None:
        super().__init__()
        self.act_on(stamp, account, params)
        self.body = json.dumps(params)

    def call_action(self) -> Answer:
        """The answer, which for an error has to be moto's own."""
        answer: Answer = super().call_action()
        if answer[0] < 300:
            self.given = {}
        return answer
