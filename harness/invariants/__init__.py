"""Invariants: one module each, a pure function of a history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.history import Event, History
from harness.invariants.dead_letters import dead_letters
from harness.invariants.effects_once import effects_once
from harness.invariants.in_order import in_order
from harness.invariants.nothing_lost import nothing_lost
from harness.invariants.recovered_within import recovered_within
from harness.invariants.retry_amplification import retry_amplification
from harness.invariants.settled import settled
from harness.invariants.sums import sums
from harness.invariants.unaffected import unaffected
from harness.invariants.unfired import faults_fired
from harness.invariants.verdict import Verdict, unknown, worst

INVARIANTS: dict[str, Callable[..., Verdict]] = {
    "dead_letters": dead_letters,
    "effects_once": effects_once,
    "faults_fired": faults_fired,
    "in_order": in_order,
    "nothing_lost": nothing_lost,
    "recovered_within": recovered_within,
    "retry_amplification": retry_amplification,
    "settled": settled,
    "sums": sums,
    "unaffected": unaffected,
}
"""By name, as `expectation` events record them."""


def judge(history: History) -> list[Verdict]:
    """Judge a stored history again: every expectation that was asked in it, from the file alone.

    Each is judged on what had happened when it was asked. One that was asked in its negative form, that a
    broken app is caught, holds if the invariant is broken. An invariant of the user's own can't be
    judged without its code: unknown. Where the plan has faults, that each has acted is judged as well.
    """
    verdicts = [_again(history, event) for event in history.of("expectation")]
    if verdicts and history.header.get("plan", {}).get("faults"):
        verdicts.append(faults_fired(history))
    return verdicts


def _again(history: History, asked: Event) -> Verdict:
    function = None if asked.data.get("own") else INVARIANTS.get(asked.subject)
    if function is None:
        found = f"it was {asked.data.get('verdict')} when the scenario asked"
        return unknown(
            asked.subject, f"an invariant of your own, run the scenario again to judge it: {found}"
        )
    until = history.until(asked.seq)
    params: dict[str, Any] = dict(asked.data["params"])
    rows = params.pop("rows_at", None)
    if rows is not None:
        params["rows"] = history[rows].data["rows"]
    verdict = evaluate(function, until, params, asked.subject)
    return inverted(verdict) if asked.data.get("negated") else verdict


def evaluate(
    function: Callable[..., Verdict], history: History, params: dict[str, Any], name: str
) -> Verdict:
    """Ask an invariant. One that crashes is unknown, never passed; one that isn't told enough, too."""
    if not history.header.get("shows_deliveries", True):
        why = f"the cloud {history.header.get('cloud')!r} doesn't tell what it delivers"
        return unknown(
            name, f"{why}; assert the final state instead, by app.table(…).rows() or app.queue(…).messages()"
        )
    try:
        return function(history, **params)
    except Exception as problem:
        return unknown(name, f"the invariant itself failed: {problem!r}")


def inverted(verdict: Verdict) -> Verdict:
    """The verdict on "this is caught": holds if it is broken, broken if it holds; unknown stays unknown."""
    name = f"broken.{verdict.invariant}"
    if verdict.value == "broken":
        return Verdict("holds", name, f"caught: {verdict.why}", verdict.kind, checked=1)
    if verdict.value == "holds":
        return Verdict("broken", name, f"not caught: {verdict.why}", "not caught")
    return verdict.named(name)


__all__ = [
    "INVARIANTS",
    "Verdict",
    "dead_letters",
    "effects_once",
    "evaluate",
    "faults_fired",
    "in_order",
    "inverted",
    "judge",
    "nothing_lost",
    "recovered_within",
    "retry_amplification",
    "settled",
    "sums",
    "unaffected",
    "worst",
]
