"""Distributed maps: each item, or batch of items, is an execution of its own; together they are a map run.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.sim.activities import Killed
from harness.sim.services.states.interpreter import flow, item_reader, result_writer
from harness.sim.services.states.interpreter.batches import batched
from harness.sim.services.states.interpreter.failure import StateFailed
from harness.sim.services.states.interpreter.items import item_input, items_of, percentage, whole_number
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.model import executions
from harness.sim.services.states.model.document import Document, listed
from harness.sim.services.states.model.executions import Execution, MapRun
from harness.sim.services.states.model.naming import map_run_arn

MAX_CONCURRENCY = 10_000
"""https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""
_COUNTED = {
    executions.SUCCEEDED: "succeeded",
    executions.FAILED: "failed",
    executions.TIMED_OUT: "timedOut",
    executions.ABORTED: "aborted",
}


def run(state: StateDefinition, given: Document, effective: Document, strand: Strand) -> flow.Ended:
    """Run the map run; the result are the outputs of its executions. Raises `StateFailed`."""
    reads = "ItemReader" in state.raw
    items = None if reads else items_of(state, effective, strand)
    length = 0 if items is None else len(items)
    strand.write("MapStateStarted", "mapStateStartedEventDetails", {"length": length})
    map_run = _begun(state, effective, strand)
    try:
        if items is None:
            items = item_reader.read(state, effective, strand)
        result = _MapRun(state, effective, strand, map_run).run(items)
    except StateFailed as failure:
        _end(map_run, executions.FAILED, strand)
        told = {"error": failure.error, "cause": failure.cause or None}
        strand.write("MapRunFailed", "mapRunFailedEventDetails", told)
        raise
    except Killed:
        _end(map_run, executions.ABORTED, strand)
        raise
    _end(map_run, executions.SUCCEEDED, strand)
    strand.write("MapRunSucceeded")
    strand.note("MapStateSucceeded")
    return flow.end(state, given, result, strand)


def _begun(state: StateDefinition, effective: Document, strand: Strand) -> MapRun:
    """A new map run, or that of the line if a redrive goes on there."""
    map_run = strand.line.map_run
    if map_run is not None:
        map_run.redrives += 1
        map_run.status, map_run.stopped_at = executions.RUNNING, None
        told = {"mapRunArn": map_run.arn, "redriveCount": map_run.redrives}
        strand.write("MapRunRedriven", "mapRunRedrivenEventDetails", told)
        return map_run
    map_run = strand.line.map_run = _map_run(state, effective, strand)
    strand.write("MapRunStarted", "mapRunStartedEventDetails", {"mapRunArn": map_run.arn})
    strand.run.engine.map_runs[map_run.arn] = map_run
    return map_run


def _map_run(state: StateDefinition, effective: Document, strand: Strand) -> MapRun:
    execution, kernel = strand.run.execution, strand.run.world.kernel
    tolerated = whole_number(state, "ToleratedFailureCount", effective, strand)
    part = percentage(state, "ToleratedFailurePercentage", effective, strand)
    most = whole_number(state, "MaxConcurrency", effective, strand)
    label = state.raw.get("Label") or kernel.new_id(f"map runs of {execution.machine.arn}")
    unique = kernel.new_id(f"map runs of {execution.machine.arn}")
    return MapRun(
        arn=map_run_arn(execution.machine.arn, label, unique),
        execution_arn=execution.arn,
        started_at=kernel.now,
        max_concurrency=most,
        tolerated_percentage=part,
        tolerated_count=tolerated,
    )


def _end(map_run: MapRun, status: str, strand: Strand) -> None:
    map_run.status, map_run.stopped_at = status, strand.run.world.kernel.now


class _MapRun:
    """The executions of one map run, so many at a time."""

    def __init__(self, state: StateDefinition, effective: Document, strand: Strand, map_run: MapRun) -> None:
        self._state = state
        self._effective = effective
        self._strand = strand
        self._map_run = map_run
        self._going: dict[str, tuple[int, Execution]] = {}

    def run(self, items: list[Any]) -> Document:
        """Run them all. Raises `StateFailed`."""
        given = [self._given(number, item) for number, item in enumerate(items)]
        batches = self._batches(given)
        kernel, children = self._strand.run.world.kernel, self._map_run.children
        if not children:
            self._map_run.items["pending"] = len(items)
            self._map_run.executions["pending"] = len(batches)
        begun = [each for each in children if each.status != executions.SUCCEEDED]
        try:
            waiting = list(reversed(batches[len(children) :]))
            while begun or waiting or self._going:
                most = self._map_run.max_concurrency or MAX_CONCURRENCY
                while begun and len(self._going) < most:
                    self._redrive(begun.pop(0))
                while waiting and len(self._going) < most:
                    self._start(*waiting.pop())
                self._take_ended(len(items))
                if self._going:
                    kernel.wait(self._map_run.changed)
        finally:
            for _, execution in list(self._going.values()):
                self._strand.run.engine.stop(execution, None, None)
            self._count_ended()
        if "ResultWriter" in self._state.raw:
            return result_writer.write(self._state, self._effective, self._strand, self._map_run)
        outputs = [each.output for each in self._map_run.children if each.output is not None]
        return listed(outputs)

    def _given(self, number: int, item: Any) -> Document:
        item_strand = replace(
            self._strand,
            context={**self._strand.context, "Map": {"Item": {"Index": number, "Value": item}}},
        )
        return item_input(self._state, self._effective, item_strand)

    def _batches(self, given: list[Document]) -> list[tuple[Document, int]]:
        """The inputs of the executions, and the number of items in each."""
        written = self._state.raw.get("ItemBatcher")
        if not written:
            return [(each, 1) for each in given]
        return batched(given, *self._batching(written))

    def _batching(self, written: Mapping[str, Any]) -> tuple[float, int, Any]:
        inner = replace(self._state, raw=written)
        size = whole_number(inner, "MaxItemsPerBatch", self._effective, self._strand)
        most_bytes = whole_number(inner, "MaxInputBytesPerBatch", self._effective, self._strand)
        shared = written.get("BatchInput")
        if shared is not None:
            value = self._effective.value
            shared = flow.evaluated(self._state, shared, value, self._strand, "ItemBatcher/BatchInput")
        return size or float("inf"), most_bytes, shared

    def _redrive(self, child: Execution) -> None:
        """Run an execution again that hasn't succeeded."""
        items, before = child.items or 1, _COUNTED[child.status]
        self._going[child.arn] = (items, child)
        _move(self._map_run.items, before, "running", items)
        _move(self._map_run.executions, before, "running", 1)
        self._strand.run.engine.redrive(child)

    def _start(self, given: Document, items: int) -> None:
        engine, execution = self._strand.run.engine, self._strand.run.execution
        assert self._state.processor is not None
        kind = self._state.processor_config.get("ExecutionType")
        name = self._strand.run.world.kernel.new_id(f"executions of {self._map_run.arn}")
        child = engine.start(
            execution.machine,
            replace(execution.revision, parsed=self._state.processor),
            given,
            name,
            express=kind == "EXPRESS",
            map_run=self._map_run,
            label=self._map_run.arn.rpartition("/")[2].partition(":")[0],
            items=items,
        )
        self._map_run.children.append(child)
        self._going[child.arn] = (items, child)
        _move(self._map_run.items, "pending", "running", items)
        _move(self._map_run.executions, "pending", "running", 1)

    def _take_ended(self, total: int) -> None:
        if any(child.status != executions.SUCCEEDED for child in self._count_ended()):
            self._check_tolerated(total)

    def _count_ended(self) -> list[Execution]:
        ended, self._map_run.ended = self._map_run.ended, []
        for child in ended:
            items = self._going.pop(child.arn)[0]
            _move(self._map_run.items, "running", _COUNTED[child.status], items)
            _move(self._map_run.executions, "running", _COUNTED[child.status], 1)
        return ended

    def _check_tolerated(self, total: int) -> None:
        """Raises `StateFailed` once more items have failed than either threshold tolerates; zero is none."""
        counts = self._map_run.items
        failed = sum(counts.get(name, 0) for name in ("failed", "timedOut", "aborted"))
        count = self._map_run.tolerated_count
        percentage = self._map_run.tolerated_percentage
        too_many = bool(count) and failed > count
        too_large_a_part = bool(percentage) and failed * 100 > percentage * total
        if too_many or too_large_a_part or (failed and not count and not percentage):
            told = "The specified tolerated failure threshold was exceeded"
            raise StateFailed(errors.EXCEED_TOLERATED_FAILURE_THRESHOLD, told)


def _move(counts: dict[str, int], source: str, target: str, number: int) -> None:
    counts[source] = counts.get(source, 0) - number
    counts[target] = counts.get(target, 0) + number
