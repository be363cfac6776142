"""A run as a Mermaid sequence diagram, for pull requests and wikis."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.report.stored_run import StoredRun

STEPS_MAX = 200
"""A longer diagram helps nobody, and Mermaid refuses it."""

_Step = tuple[str, str, str, str]


def lines(run: StoredRun) -> Iterator[str]:
    """The diagram: who sent what where, and what went wrong on the way.

    https://mermaid.js.org/syntax/sequenceDiagram.html
    """
    events = {event["seq"]: event for event in run.events}
    steps = [step for event in run.begun for step in _steps(event, events)]
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


def _steps(event: Mapping[str, Any], events: Mapping[int, Mapping[str, Any]]) -> Iterator[_Step]:
    kind, data = event["kind"], event["data"]
    actor = str(event["actor"]).removeprefix("mapping:")
    if kind == "accepted":
        yield "->>", actor, event["subject"], _short(data.get("body"))
    elif kind == "arrived":
        again = " (a copy)" if data.get("copy") else ""
        yield "->>", data["source"], data["target"], f"delivered{again}"
    elif kind == "hop-failed":
        after = ", though it had arrived" if data.get("applied") else ""
        yield "-x", data["source"], data["target"], f"{data.get('error')}{after}"
    elif kind == "dead-lettered":
        yield "->>", event["subject"], data["to"], "dead letter"
    elif kind == "call" and data.get("does") == "writes" and data.get("resource"):
        yield "->>", actor, data["resource"], data.get("operation", "")
    elif kind == "invocation-ended" and data["outcome"] != "ok":
        yield "", event["subject"], event["subject"], f"{data['outcome']}: {_short(data.get('error'))}"
    elif kind == "fault":
        hit = events.get(event["cause"], event)
        place = hit["data"].get("source") or str(hit["actor"]).removeprefix("mapping:")
        yield "", place, place, f"fault: {data.get('kind')}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _plain(text: str) -> str:
    """A text without the signs that end a statement of Mermaid."""
    return re.sub(r"[;#\n\r]", " ", text).replace("<", "‹").replace(">", "›") or "·"


RUN_REPORTS = {"mermaid": lines}
