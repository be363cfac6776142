"""Parallel: branches that go on at the same time.

https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from harness.sim.services.states.interpreter import flow, states
from harness.sim.services.states.interpreter.failure import StateFailed
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.interpreter.together import Together
from harness.sim.services.states.language.definition import MachineDefinition, StateDefinition
from harness.sim.services.states.model.document import Document, listed


def run(state: StateDefinition, given: Document, strand: Strand) -> flow.Ended:
    """Run the branches; the result is the list of their outputs. Raises `StateFailed`."""
    effective = flow.effective_input(state, given, strand)
    shared = flow.payload(state, effective, strand)
    strand.write("ParallelStateStarted")
    jobs = [partial(_job, branch, shared, strand) for branch in state.branches]
    outputs = Together(strand, f"a branch of {state.name}", aborted).run(jobs)
    strand.note("ParallelStateSucceeded")
    return flow.end(state, given, listed(outputs), strand)


def aborted(number: int, strand: Strand) -> None:
    """A branch was ended while it was in a state."""
    if strand.active:
        strand.note(f"{strand.active}StateAborted")


def _job(branch: MachineDefinition, shared: Document, outer: Strand) -> tuple[Strand, Callable[[], Any]]:
    strand = outer.inner()
    return strand, lambda: within(branch, shared, strand)


def within(machine: MachineDefinition, given: Document, strand: Strand) -> Document:
    """Run the states of a branch or iteration. Raises `StateFailed`."""
    try:
        return states.run_machine(machine, given, strand)
    except StateFailed as failure:
        if failure.aborts and strand.active:
            strand.note(f"{strand.active}StateAborted")
        raise
