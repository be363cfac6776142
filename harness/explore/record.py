"""The stored form of a campaign: plain data, the same for the same seed whatever the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.aws import Does
from harness.explore.outcome import Outcome
from harness.explore.search import RANDOM, Campaign, Failure, Found
from harness.explore.sweep import Try
from harness.faults.places import all_pass
from harness.faults.sites import TEST
from harness.history import Event, History
from harness.history.unanswered import unanswered
from harness.plan import Fault, Plan, fault_to_data


def record(
    scenario: str, found: Campaign, replays: Mapping[str, str] | None = None, own: Iterable[Fault] = ()
) -> dict[str, Any]:
    """A campaign as JSON-able data, as `docs/reference/report.md` says. `scenario` is its node id; `replays`
    are the lines that make failing runs again, by their plans; under "" that of the control run. `own` are
    the scenario's own faults, which all of its runs have."""
    control = found.control
    return {
        "scenario": scenario,
        "faults": [fault_to_data(fault) for fault in own],
        "control": {
            "status": "unknown" if control is None else control.status,
            "why": "" if control is None else control.why,
            "events": 0 if control is None or control.history is None else len(control.history),
            "timeline": list(found.explanation.timeline),
            "overlap": list(found.explanation.overlap),
            "replay": (replays or {}).get("", ""),
            "dead_letters": _unasked_dead_letters(control),
            "unanswered": [] if control is None or control.history is None else unanswered(control.history),
            "unjudged": [] if control is None or control.history is None else unjudged(control.history),
        },
        "deterministic": found.deterministic,
        "difference": "" if found.difference is None else str(found.difference),
        "complete": not (found.interrupted or found.out_of_budget or found.stopped),
        "interrupted": found.interrupted,
        "out_of_budget": found.out_of_budget,
        "planned": found.planned,
        "runs": found.runs,
        "tries": [*map(_tried, found.results), *_passed(found)],
        "failures": [_failure(one, replays or {}) for one in found.failures],
        "untold": found.untold,
    }


def _unasked_dead_letters(control: Outcome | None) -> list[str]:
    """What is a dead letter even without a fault, though no claim says so: nothing was tried beyond it."""
    if control is None or control.history is None:
        return []
    asked = any(event.subject == "dead_letters" for event in control.history.of("expectation"))
    return [] if asked else [f"{message} in {place}" for place, message in control.dead_letters]


def unjudged(history: History) -> list[str]:
    """The places where functions wrote, if neither a claim nor the test itself looked at any of them."""
    own = any(event.data.get("own") for event in history.of("expectation"))
    calls = [event for event in history.of("call") if event.data["does"] in (Does.WRITES, Does.READS)]
    looked = {place for event in calls if event.actor == TEST for place in _touched(event)}
    looked |= {event.subject for event in history.of("state")}
    writes = (event for event in calls if event.data["does"] == Does.WRITES and event.actor != TEST)
    written = dict.fromkeys(place for event in writes for place in _touched(event))
    return [] if own or looked & set(written) else list(written)


def _touched(call: Event) -> list[str]:
    """The places that a call is about: those of a transaction are several."""
    return [str(place) for place in (call.data["resource"], *(call.data.get("others") or ())) if place]


def _tried(found: Found) -> dict[str, Any]:
    tried, outcome = found.tried, found.outcome
    return {
        "point": tried.point,
        "place": tried.place,
        "path": tried.path,
        "kind": tried.kind,
        "fault": tried.label,
        "after": tried.after,
        "untried": tried.untried,
        "status": outcome.status,
        "invariant": outcome.invariant,
        "evidence": outcome.evidence,
        "why": _brief(outcome.why),
        "plan": tried.plan.to_data(),
    }


def _passed(found: Campaign) -> Iterator[dict[str, Any]]:
    """Random plans that weren't kept, an entry for each status."""
    for status, times in sorted(found.passed.items()):
        tried = Try(Plan(found.seed), "random plans", "random plans", "", RANDOM, RANDOM)
        entry = _tried(Found(tried, Outcome(plan=tried.plan, status=status)))
        yield {**entry, "plan": None, "times": times}


def _failure(failure: Failure, replays: Mapping[str, str]) -> dict[str, Any]:
    smallest = failure.smallest
    return {
        "name": failure.first.tried.name,
        "count": failure.count,
        "kinds": dict(sorted(failure.kinds.items())),
        "status": smallest.status,
        "invariant": smallest.invariant,
        "evidence": smallest.evidence,
        "why": smallest.why,
        "plan": smallest.plan.to_data(),
        "stays": not all_pass(smallest.plan.faults),
        "timeline": list(failure.explanation.timeline),
        "parts": list(failure.explanation.parts),
        "history": failure.explanation.history,
        "replay": replays.get(smallest.plan.to_json(), ""),
    }


def _brief(text: str) -> str:
    """The first finding of a verdict, or the first line of what an assertion said."""
    first, *more = text.splitlines() or [""]
    is_verdict = ": broken" in first or ": unknown" in first
    return more[0].strip() if is_verdict and more else first.removeprefix("AssertionError: ")
