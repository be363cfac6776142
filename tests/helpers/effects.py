"""Orders that are billed, and the claim that each has left one effect."""

from __future__ import annotations

from harness import invariants
from harness.invariants.effects_once import left_by
from tests.helpers.runs import Written


def effects(history, *orders, place="Ledger", rows=None, key="order", **how):
    rows = [{"order": order} for order in orders] if rows is None else rows
    return invariants.effects_once(history, place, key=key, rows=rows, **how)


def under_faults(control, history, was, now, place="Ledger", key="order", **claim):
    """The verdict on a run with faults, beside a control run that left `was`."""
    rows = [{"order": order} for order in was]
    left = left_by(control, rows, place=place, key=key, **claim)
    return effects(history, *now, place=place, key=key, control=left, **claim)


def ordered(run, n=1, *, queue="Work", group=None):
    run.send(queue, f"m-{n}", {"order": f"o-{n}"}, group=group)


def billed(run, n=1, **how):
    ordered(run, n)
    run.work("Work", "Billing", f"m-{n}", **how)


def routed(run, n, to):
    """A router takes it from In, sends it on, and a function writes it from there."""
    ordered(run, n, queue="In")
    with run.run("In", "Route", f"m-{n}") as routing:
        run.send(to, f"{to}-{n}", {"order": f"o-{n}"}, actor="Route", cause=routing)
    run.work(to, f"From{to}", f"{to}-{n}", writes=f"Table{to}")


def control_of(*orders):
    run = Written()
    for n in orders:
        billed(run, n)
    return run.settle()
