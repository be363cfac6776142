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
    jobs = [partial(_job, number, branch, shared, strand) for number, branch in enumerate(state.branches)]
    outputs = Together(strand, f"a branch of {state.name}", aborted).run(jobs)
    strand.note("ParallelStateSucceeded")
    return flow.end(state, given, listed(outputs), strand)


def aborted(number: int, strand: Strand) -> None:
    """A branch was ended while it was in a state."""
    if strand.active:
        strand.note(f"{strand.active}StateAborted")


def _job(
    number: int, branch: MachineDefinition, shared: Document, outer: Strand
) -> tuple[Strand, Callable[[], Any]]:
    strand = outer.inner(number)
    return strand, lambda: within(branch, shared, strand)


def within(machine: MachineDefinition, given: Document, strand: Strand) -> Document:
    """Run the states of a branch or iteration, or those that a redrive finds undone. Raises `StateFailed`."""
    line = strand.line
    if line.output is not None:
        return line.output
    at = line.at if line.resumes else None
    if at is not None:
        strand.own.update(at.variables)
    try:
        start = None if at is None else at.state
        line.output = states.run_machine(machine, given if at is None else at.input, strand, start)
        return line.output
    except StateFailed as failure:
        if failure.aborts and strand.active:
            strand.note(f"{strand.active}StateAborted")
        raise
