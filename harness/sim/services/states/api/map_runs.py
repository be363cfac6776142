"""The operations on map runs.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html
"""

from __future__ import annotations

from harness.sim.services.service import Caller, Operation, Params
from harness.sim.services.states.api import errors, lookup
from harness.sim.services.states.engine import StatesEngine, summary
from harness.sim.services.states.model.executions import MapRun


class MapRunsApi:
    """One method an operation."""

    def __init__(self, engine: StatesEngine) -> None:
        self._engine = engine

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "DescribeMapRun": self.describe,
            "ListMapRuns": self.list,
            "UpdateMapRun": self.update,
        }

    def describe(self, params: Params, caller: Caller) -> Params:
        map_run = self._found(params)
        return summary(
            {
                "mapRunArn": map_run.arn,
                "executionArn": map_run.execution_arn,
                "status": map_run.status,
                "startDate": map_run.started_at,
                "stopDate": map_run.stopped_at,
                "maxConcurrency": map_run.max_concurrency,
                "toleratedFailurePercentage": map_run.tolerated_percentage,
                "toleratedFailureCount": map_run.tolerated_count,
                "itemCounts": map_run.counts(map_run.items),
                "executionCounts": map_run.counts(map_run.executions),
                "redriveCount": map_run.redrives,
            }
        )

    def list(self, params: Params, caller: Caller) -> Params:
        execution = lookup.execution(self._engine, params["executionArn"])
        found = [
            summary(
                {
                    "executionArn": each.execution_arn,
                    "mapRunArn": each.arn,
                    "stateMachineArn": execution.machine.arn,
                    "startDate": each.started_at,
                    "stopDate": each.stopped_at,
                }
            )
            for each in self._engine.map_runs.values()
            if each.execution_arn == execution.arn
        ]
        return lookup.page("mapRuns", found, params)

    def update(self, params: Params, caller: Caller) -> Params:
        map_run = self._found(params)
        if params.get("maxConcurrency") is not None:
            map_run.max_concurrency = params["maxConcurrency"]
        if params.get("toleratedFailurePercentage") is not None:
            map_run.tolerated_percentage = params["toleratedFailurePercentage"]
        if params.get("toleratedFailureCount") is not None:
            map_run.tolerated_count = params["toleratedFailureCount"]
        map_run.changed.notify()
        return {}

    def _found(self, params: Params) -> MapRun:
        arn = params["mapRunArn"]
        lookup.check_arn(arn)
        found = self._engine.map_runs.get(arn)
        if found is None:
            raise errors.not_found(f"Resource not found: '{arn}'")
        return found
