"""Reports as one file of HTML, which a browser shows without a network: runs, campaigns, or both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

from harness import aws
from harness.report.data import Report
from harness.report.stored_run import StoredRun

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1></header>
<main></main>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""The page takes nothing from anywhere."""


@dataclass(frozen=True)
class ShownRun:
    """One run: its stored history as text. `verdict`: passed, failed, unknown or the status of an outcome;
    `replay`: the line that makes it again. `beside`: the name of the control run, if it is shown, too."""

    name: str
    history: str
    verdict: str = "unknown"
    replay: str = ""
    beside: str = ""


def page(runs: Sequence[ShownRun] = (), report: Report | None = None, *, title: str = "harness") -> str:
    """The page. Runs that are named after a scenario and "control", or a failure's number, are linked to its
    campaign."""
    index = {run.name: number for number, run in enumerate(runs)}
    data = {
        "runs": [_run(run, index) for run in runs],
        "campaigns": [_campaign(one, index) for one in (report or {}).get("scenarios", ())],
    }
    folder = files("harness.report") / "web" / "bundle"
    return _PAGE.format(
        title=escape(title),
        policy=_POLICY,
        style=folder.joinpath("report.css").read_text(encoding="utf-8"),
        script=_inside(folder.joinpath("report.js").read_text(encoding="utf-8")),
        data=_inside(json.dumps(data, ensure_ascii=False, separators=(",", ":"))),
    )


def control_name(scenario: str) -> str:
    """The name of a campaign's run without faults."""
    return f"{scenario} without faults"


def failure_name(scenario: str, number: int) -> str:
    """The name of the run under the smallest plan of a failure."""
    return f"{scenario}: failure {number + 1}"


def _run(run: ShownRun, index: Mapping[str, int]) -> dict[str, Any]:
    first, *events = run.history.splitlines()
    header = json.loads(first)
    places = {name: {**place, "word": _word(name, place)} for name, place in header.get("places", {}).items()}
    return {
        "name": run.name,
        "verdict": run.verdict,
        "replay": run.replay,
        "control": index.get(run.beside),
        "header": {**header, "places": places},
        "events": [json.loads(event) for event in events],
    }


def _word(name: str, place: Mapping[str, Any]) -> str:
    """What people call a place; "" where its service isn't known."""
    if name.endswith(" (async)"):
        return "events"
    service = aws.services().get(place.get("service", ""))
    return "" if service is None else service.word_for(name, inner=bool(place.get("inner")))


def _campaign(one: Mapping[str, Any], index: Mapping[str, int]) -> dict[str, Any]:
    failures = [
        {**failure, "run": index.get(failure_name(one["scenario"], number))}
        for number, failure in enumerate(one["failures"])
    ]
    return {**one, "failures": failures, "control_run": index.get(control_name(one["scenario"]))}


def _inside(text: str) -> str:
    """A text that no tag inside of a script can end."""
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")


def _lines(report: Report, *, failures: bool = False) -> Iterator[str]:
    yield page(report=report, title="Recovery coverage")


def _of_run(run: StoredRun) -> Iterator[str]:
    events = (json.dumps(list(event.values())) for event in run.events)
    yield page([ShownRun("run", "\n".join([json.dumps(run.header), *events]))], title="A run")


REPORTS = {"html": _lines}
RUN_REPORTS = {"html": _of_run}
