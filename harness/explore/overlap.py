"""Two invocations that met at one row: the cause of races."""

from __future__ import annotations

from ast import literal_eval
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import Any

from harness.aws import Does
from harness.history import Event, History

LINES_MAX = 8
ROW_MAX = 60


def overlap(history: History, concerned: Collection[str] = ()) -> list[str]:
    """The calls of two invocations that ran at the same time and had to do with one row, which at least one
    of them wrote with success; in order, a line each. If messages are `concerned`, those that handled them
    come first; then come those of which one had read what the other one wrote."""
    pairs = sorted(
        _pairs(history), key=lambda pair: (not _handles(history, pair, concerned), not _reads(pair))
    )
    for one, other, calls in pairs:
        names = {one: f"{history[one].subject} (1st)", other: f"{history[other].subject} (2nd)"}
        return [
            f"+{call.at:.3f}s  {names[call.cause or 0]} → {call.subject}  {_shown(call)}".rstrip()
            for call in calls[:LINES_MAX]
        ]
    return []


def _pairs(history: History) -> Iterator[tuple[int, int, list[Event]]]:
    """Pairs of invocations that ran at the same time, and the calls in which they met at a place."""
    ends = {event.cause: event.at for event in history.of("invocation-ended")}
    refused = {answer.cause for answer in history.of("answer") if answer.data.get("error")}
    calls: dict[str, dict[int, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for call in history.of("call"):
        cause = call.cause
        if cause is not None and history[cause].kind == "invocation":
            for place in filter(None, (call.data.get("resource"), *call.data.get("others", ()))):
                if place in history.places:  # a third party is none of the cloud's, and has no rows
                    calls[place][cause].append(call)
    for by_run in calls.values():
        for one, other in combinations(sorted(by_run), 2):
            if history[other].at >= ends.get(one, float("inf")):
                continue
            met = [call for call in by_run[one] if any(_same_row(call, its) for its in by_run[other])]
            met += [call for call in by_run[other] if any(_same_row(call, its) for its in by_run[one])]
            if any(call.data.get("does") == Does.WRITES and call.seq not in refused for call in met):
                yield one, other, sorted(met, key=lambda call: call.seq)


def _handles(history: History, pair: tuple[int, int, list[Event]], concerned: Collection[str]) -> bool:
    return any(message in concerned for run in pair[:2] for message in history[run].messages)


def _reads(pair: tuple[int, int, list[Event]]) -> bool:
    return any(call.data.get("does") == Does.READS for call in pair[2])


def _row(call: Event) -> Mapping[str, Any]:
    params = call.data.get("params") or {}
    try:
        row = literal_eval(str(params.get("Key") or params.get("Item") or {}))
    except (ValueError, SyntaxError):  # which was cut short
        return {}
    return row if isinstance(row, Mapping) else {}


def _same_row(call: Event, other: Event) -> bool:
    """May they be about one row? A key that isn't known is taken for the same."""
    one, two = _row(call), _row(other)
    return all(one[name] == two[name] for name in one.keys() & two.keys())


def _shown(call: Event) -> str:
    row = _row(call)
    words = ", ".join(f"{name}={_plain(value)}" for name, value in row.items())
    return words if len(words) <= ROW_MAX else f"{words[: ROW_MAX - 1]}…"


def _plain(value: Any) -> Any:
    return next(iter(value.values())) if isinstance(value, Mapping) and len(value) == 1 else value
