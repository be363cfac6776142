"""Map: the same states for each item, within the execution or in executions of their own.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from harness.sim.services.states.interpreter import distributed, flow, parallel
from harness.sim.services.states.interpreter.failure import StateFailed
from harness.sim.services.states.interpreter.items import item_input, items_of, whole_number
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.interpreter.together import Together
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.model.document import Document, listed


def run(state: StateDefinition, given: Document, strand: Strand) -> flow.Ended:
    """Run the iterations; the result is the list of their outputs. Raises `StateFailed`."""
    effective = flow.effective_input(state, given, strand)
    if state.distributed:
        return distributed.run(state, given, effective, strand)
    items = items_of(state, effective, strand)
    strand.write("MapStateStarted", "mapStateStartedEventDetails", {"length": len(items)})
    most = whole_number(state, "MaxConcurrency", effective, strand)
    if most == 1:
        outputs = _one_by_one(state, effective, items, strand)
    else:
        jobs = [partial(_job, state, effective, items, number, strand) for number in range(len(items))]
        aborted = partial(_aborted, state)
        outputs = Together(strand, f"an iteration of {state.name}", aborted).run(jobs, most)
    strand.note("MapStateSucceeded")
    return flow.end(state, given, listed(outputs), strand)


def _one_by_one(
    state: StateDefinition, effective: Document, items: list[Any], strand: Strand
) -> list[Document]:
    outputs: list[Document] = []
    for number in range(len(items)):
        inner, do = _job(state, effective, items, number, strand, last=number == len(items) - 1)
        try:
            outputs.append(do())
        finally:
            strand.previous = inner.previous
    return outputs


def _job(
    state: StateDefinition,
    effective: Document,
    items: list[Any],
    number: int,
    outer: Strand,
    *,
    last: bool = True,
) -> tuple[Strand, Callable[[], Document]]:
    strand = outer.inner(number, Map={"Item": {"Index": number, "Value": items[number]}})
    return strand, partial(_iterate, state, effective, number, strand, last)


def _iterate(
    state: StateDefinition, effective: Document, number: int, strand: Strand, last: bool
) -> Document:
    if strand.line.output is not None:
        return strand.line.output
    details = {"name": state.name, "index": number}
    strand.write("MapIterationStarted", "mapIterationStartedEventDetails", details)
    assert state.processor is not None
    try:
        given = item_input(state, effective, strand)
        output = parallel.within(state.processor, given, strand)
    except (StateFailed, StateError):
        strand.note("MapIterationFailed", "mapIterationFailedEventDetails", details)
        raise
    written = strand.note("MapIterationSucceeded", "mapIterationSucceededEventDetails", details)
    if last:
        strand.previous = written
    return output


def _aborted(state: StateDefinition, number: int, strand: Strand) -> None:
    parallel.aborted(number, strand)
    strand.note(
        "MapIterationAborted", "mapIterationAbortedEventDetails", {"name": state.name, "index": number}
    )
