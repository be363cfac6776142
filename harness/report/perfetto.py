"""A run as a trace in Chrome's format, which Perfetto (ui.perfetto.dev) and chrome://tracing open."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.report.stored_run import StoredRun

_ENDS = {"answer": "call", "arrived": "hop", "hop-failed": "hop", "invocation-ended": "invocation"}


def lines(run: StoredRun) -> Iterator[str]:
    """JSON: a thread a place or an actor, a slice for each call, delivery and invocation, in virtual time.

    https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
    """
    events = {event["seq"]: event for event in run.events}
    threads: dict[str, int] = {}
    traced = [one for event in run.begun for one in _traced(event, events, threads)]
    named = [
        {"ph": "M", "name": "thread_name", "pid": 1, "tid": number, "args": {"name": name}}
        for name, number in threads.items()
    ]
    yield json.dumps({"traceEvents": [*named, *traced], "displayTimeUnit": "ms"}, ensure_ascii=False)


def _traced(
    event: Mapping[str, Any], events: Mapping[int, Mapping[str, Any]], threads: dict[str, int]
) -> Iterator[dict[str, Any]]:
    begun = events.get(event["cause"]) if event["kind"] in _ENDS else None
    if begun is not None and begun["kind"] == _ENDS[event["kind"]]:
        length = {"ph": "X", "dur": (event["at"] - begun["at"]) * 1e6}
        yield _entry(begun, threads) | length | {"args": {**begun["data"], **event["data"]}}
    elif event["kind"] not in ("call", "hop", "invocation"):
        yield _entry(event, threads) | {"ph": "i", "s": "t", "args": event["data"]}


def _entry(event: Mapping[str, Any], threads: dict[str, int]) -> dict[str, Any]:
    thread = event["actor"] if event["kind"] in ("call", "hop") else event["subject"]
    return {
        "name": event["subject"] if event["kind"] in ("call", "hop", "invocation") else event["kind"],
        "cat": event["kind"],
        "ts": event["at"] * 1e6,
        "pid": 1,
        "tid": threads.setdefault(str(thread), len(threads) + 1),
    }


RUN_REPORTS = {"perfetto": lines}
