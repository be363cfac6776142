"""Every fault of the plan has acted: a scenario whose fault never hit anything shows nothing."""

from __future__ import annotations

import json

from harness.history import History
from harness.invariants.verdict import Verdict, broken, holds
from harness.near import counted

NAME = "faults_fired"


def faults_fired(history: History) -> Verdict:
    """Each fault in the header's plan that isn't optional has acted at least once. O(n)."""
    plan = history.header.get("plan", {}).get("faults", [])
    fired = {event.data.get("fault") for event in history.of("fault")}
    unfired = [
        json.dumps(fault, ensure_ascii=False)
        for index, fault in enumerate(plan)
        if index not in fired and not fault.get("optional", False)
    ]
    if unfired:
        return broken(
            NAME,
            "unfired",
            f"{len(unfired)} of {counted(len(plan), 'fault')} never acted",
            unfired,
            checked=len(plan),
        )
    return holds(NAME, len(plan))
