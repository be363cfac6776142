"""Tasks of a worker with a plan: functions of a module, so that they can be sent to another process."""

from __future__ import annotations

from dataclasses import replace

from harness.explore.causes import steps_of
from harness.explore.engine import Run
from harness.explore.outcome import Outcome, bystanders_of, dead_letters_of, refused_of
from harness.explore.points import points_of
from harness.explore.sweep import reached
from harness.plan import Plan


def outcome_of(run: Run, plan: Plan) -> Outcome:
    """The outcome without its history, which stays where it was made."""
    return _made(run, plan).without_history()


def with_history(run: Run, plan: Plan) -> Outcome:
    """The outcome with its history."""
    return _made(run, plan)


def with_reached(run: Run, plan: Plan) -> Outcome:
    """The outcome, and the points that its first fault can still meet."""
    outcome = _made(run, plan)
    if outcome.history is None or not outcome.ended_well:
        return outcome.without_history()
    points = tuple(reached(points_of(outcome.history), outcome))
    return replace(outcome.without_history(), reached=points)


def _made(run: Run, plan: Plan) -> Outcome:
    try:
        outcome = run(plan)
    except Exception as problem:
        why = f"the run itself failed: {type(problem).__name__}: {problem}"
        return Outcome(plan=plan, status="unknown", invariant="run", evidence=type(problem).__name__, why=why)
    if outcome.history is None:
        return outcome
    steps = steps_of(outcome.history) if outcome.failed or not plan.faults else ()
    dead = dead_letters_of(outcome.history) if outcome.ended_well else ()
    bystanders = bystanders_of(outcome.history, plan) if dead else ()
    refused = refused_of(outcome.history) if outcome.ended_well else ()
    return replace(outcome, dead_letters=dead, bystanders=bystanders, refused=refused, steps=steps)
