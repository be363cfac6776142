"""Tags of state machines and activities.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html
"""

from __future__ import annotations

from harness.sim.services.service import Caller, Operation, Params
from harness.sim.services.states.api import errors, lookup
from harness.sim.services.states.engine import StatesEngine


class StatesTagsApi:
    """One method an operation."""

    def __init__(self, engine: StatesEngine) -> None:
        self._engine = engine

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list,
        }

    def tag(self, params: Params, caller: Caller) -> Params:
        tags = self._tags(params)
        tags.update(lookup.tags_given(params, tags))
        return {}

    def untag(self, params: Params, caller: Caller) -> Params:
        tags = self._tags(params)
        for key in params["tagKeys"]:
            tags.pop(key, None)
        return {}

    def list(self, params: Params, caller: Caller) -> Params:
        return {"tags": [{"key": key, "value": value} for key, value in self._tags(params).items()]}

    def _tags(self, params: Params) -> dict[str, str]:
        arn = params["resourceArn"]
        lookup.check_arn(arn)
        found = self._engine.machines.get(arn) or self._engine.activities.get(arn)
        if found is None:
            raise errors.not_found(f"Resource not found: '{arn}'")
        return found.tags
