"""A run as a Mermaid sequence diagram, for pull requests and wikis."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.report.stored_run import StoredRun

STEPS_MAX = 200
"""A longer diagram helps nobody, and Mermaid refuses it."""

_RUNS = ("invocation", "execution")
_ENDED_WELL = ("ok", "pending")

_Step = tuple[str, str, str, str]


def lines(run: StoredRun) -> Iterator[str]:
    """The diagram: who sent what where, and what went wrong on the way.

    https://mermaid.js.org/syntax/sequenceDiagram.html
    """
    reader = _Reader(run)
    steps = [step for event in run.begun for step in reader.steps(event)]
    names: dict[str, str] = {}
    for _, source, target, _ in steps:
        for name in (source, target):
            names.setdefault(name, f"p{len(names)}")
    yield "sequenceDiagram"
    for name, id_ in names.items():
        yield f"  participant {id_} as {_plain(name)}"
    for arrow, source, target, text in steps[:STEPS_MAX]:
        if arrow:
            yield f"  {names[source]}{arrow}{names[target]}: {_plain(text)}"
        else:
            yield f"  Note over {names[source]}: {_plain(text)}"
    if len(steps) > STEPS_MAX:
        yield f"  Note over {next(iter(names.values()))}: … {len(steps) - STEPS_MAX} more steps"


class _Reader:
    """Makes steps of events. A run that a delivery led to is shown where it begins, before its effects."""

    def __init__(self, run: StoredRun) -> None:
        self._events = {event["seq"]: event for event in run.events}
        self._copies = {
            event["cause"] for event in run.events if event["kind"] == "arrived" and event["data"].get("copy")
        }
        self._ran = {event["cause"] for event in run.events if event["kind"] in _RUNS}

    def steps(self, event: Mapping[str, Any]) -> Iterator[_Step]:
        """The steps of one event."""
        kind, data = event["kind"], event["data"]
        actor = str(event["actor"]).removeprefix("mapping:")
        if kind == "accepted":
            yield "->>", actor, event["subject"], _short(data.get("body"))
        elif kind == "arrived" and event["cause"] not in self._ran:
            yield self._delivered(event["cause"], data)
        elif kind in _RUNS:
            yield from self._run(event)
        elif kind == "hop-failed":
            after = ", though it had arrived" if data.get("applied") else ""
            yield "-x", data["source"], data["target"], f"{data.get('error')}{after}"
        elif kind == "dead-lettered":
            yield "->>", event["subject"], data["to"], "dead letter"
        elif kind == "call" and data.get("does") == "writes" and data.get("resource"):
            yield "->>", actor, data["resource"], data.get("operation", "")
        elif kind in ("invocation-ended", "execution-ended") and data["outcome"] not in _ENDED_WELL:
            yield "", event["subject"], event["subject"], f"{data['outcome']}: {_short(data.get('error'))}"
        elif kind == "fault":
            hit = self._events.get(event["cause"], event)
            place = hit["data"].get("source") or str(hit["actor"]).removeprefix("mapping:")
            yield "", place, place, f"fault: {data.get('kind')}"

    def _run(self, event: Mapping[str, Any]) -> Iterator[_Step]:
        """A run begins: by a delivery, or by somebody's call."""
        led = self._events.get(event["cause"])
        if led is not None and led["kind"] == "hop":
            yield self._delivered(led["seq"], led["data"])
        elif led is not None and led["kind"] == "call":
            yield "->>", str(led["actor"]), event["subject"], led["data"].get("operation", "")

    def _delivered(self, hop: int, data: Mapping[str, Any]) -> _Step:
        again = " (a copy)" if hop in self._copies else ""
        return "->>", data["source"], data["target"], f"delivered{again}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _plain(text: str) -> str:
    """A text without the signs that end a statement of Mermaid."""
    return re.sub(r"[;#\n\r]", " ", text).replace("<", "‹").replace(">", "›") or "·"


RUN_REPORTS = {"mermaid": lines}
