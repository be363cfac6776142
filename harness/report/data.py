"""The report of an exploration as a file: JSON with a format number, written as a whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.files import FileError, text_of

FORMAT = 2
"""Number of the stored form. A reader refuses any other."""

Scenario = Mapping[str, Any]
Report = Mapping[str, Any]

_STATUSES = frozenset(("recovered", "dead-lettered", "broken", "unknown", "not reached"))
_OF_SCENARIO = ("scenario", "control", "deterministic", "complete", "runs", "tries", "failures")
_OF_TRY = ("point", "place", "path", "kind", "fault", "after", "untried", "status", "why")


class ReportError(ValueError):
    """A file is no report of an exploration. The message says why."""


def document(scenarios: Sequence[Scenario], *, seed: int, mode: str, cloud: str) -> Report:
    """The report of an exploration: its scenarios in the order of their names."""
    return {
        "format": FORMAT,
        "seed": seed,
        "mode": mode,
        "cloud": cloud,
        "scenarios": sorted(scenarios, key=lambda one: str(one["scenario"])),
    }


def write(report: Report, file: Path) -> None:
    """Store a report. Nobody ever sees half of it. Raises `OSError`."""
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)


def read(file: Path) -> Report:
    """Read what `write` stored. Raises `ReportError` for anything else."""
    try:
        data = json.loads(text_of(file))
    except FileError as problem:
        raise ReportError(f"{file}: {problem}") from None
    except ValueError as problem:
        raise ReportError(f"{file}: not JSON: {problem}") from None
    if not isinstance(data, dict) or "scenarios" not in data or "format" not in data:
        raise ReportError(f"{file}: not the report of an exploration; pytest --explore stores one")
    if data["format"] != FORMAT:
        raise ReportError(f"{file}: this harness reads format {FORMAT} only, found {data['format']!r}")
    for number, one in enumerate(_listed(data["scenarios"], f"{file}: scenarios")):
        where = f"{file}: scenarios[{number}]"
        _expect(one, _OF_SCENARIO, where)
        for index, tried in enumerate(_listed(one["tries"], f"{where}.tries")):
            _expect(tried, _OF_TRY, f"{where}.tries[{index}]")
            if tried["status"] not in _STATUSES:
                raise ReportError(f"{where}.tries[{index}].status: unknown status {tried['status']!r}")
    return data


def _listed(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise ReportError(f"{where}: expected a list")
    return value


def _expect(value: Any, names: Sequence[str], where: str) -> None:
    missing = [name for name in names if not isinstance(value, dict) or name not in value]
    if missing:
        raise ReportError(f"{where}: {missing[0]} is missing")
