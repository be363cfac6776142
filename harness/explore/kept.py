"""Failing plans, kept between campaigns: `.harness/failures/`, one file each, tried first next time."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.files import FileError, text_of
from harness.plan import Plan, PlanError

FORMAT = 1
"""Number of the stored form. A reader refuses any other."""

FOLDER = Path(".harness") / "failures"


class KeptError(ValueError):
    """A file is no kept failure: says why."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A plan under which a scenario failed.

    `scenario` is its node id. `invariant` and `evidence` say why it failed, `history` is the hash of what
    happened, `options` are those of the test run that decide a run, such as `--cloud localstack`.
    """

    scenario: str
    plan: Plan
    invariant: str
    evidence: str
    history: str = ""
    options: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """As JSON-able data."""
        return {
            "format": FORMAT,
            "scenario": self.scenario,
            "options": list(self.options),
            "invariant": self.invariant,
            "evidence": self.evidence,
            "history": self.history,
            "plan": self.plan.to_data(),
        }

    def file(self, folder: Path) -> Path:
        """Where it is kept: by its scenario, and by its plan."""
        return folder / _words(self.scenario) / f"{_digest(self.plan.to_json())}.json"


def keep(failure: Kept, folder: Path) -> Path:
    """Store it; gives the file."""
    file = failure.file(folder)
    write(file, json.dumps(failure.to_data(), indent=2, ensure_ascii=False) + "\n")
    return file


def kept_for(scenario: str, folder: Path) -> dict[Path, Kept]:
    """The plans that are kept for a scenario, in a stable order; not those that can't be read any more."""
    found = {}
    for file in sorted((folder / _words(scenario)).glob("*.json")):
        try:
            found[file] = read(file)
        except KeptError:
            continue
    return found


def read(file: Path) -> Kept:
    """Read one file. Raises `KeptError`, which says what is wrong with it."""
    try:
        data = json.loads(text_of(file))
    except FileError as problem:
        raise KeptError(f"{file}: {problem}") from None
    except ValueError as problem:
        raise KeptError(f"{file}: not JSON: {problem}") from None
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise KeptError(f"{file}: not a failing plan in format {FORMAT}; harness stores them in {FOLDER}")
    try:
        return Kept(
            scenario=str(data["scenario"]),
            plan=Plan.from_data(data["plan"]),
            invariant=str(data["invariant"]),
            evidence=str(data["evidence"]),
            history=str(data["history"]),
            options=tuple(map(str, data["options"])),
        )
    except (KeyError, TypeError) as problem:
        raise KeptError(f"{file}: {problem} is missing or no list") from None
    except PlanError as problem:
        raise KeptError(f"{file}: {problem}") from None


def drop(file: Path) -> None:
    """Keep it no longer; nor the folders that are empty then."""
    file.unlink(missing_ok=True)
    for folder in (file.parent, file.parent.parent):
        with suppress(OSError):
            folder.rmdir()


def write(file: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    ignore(file)
    half = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)


def ignore(file: Path) -> None:
    """A folder `.harness` ignores itself: what lies there is of this machine, and not for version control."""
    for folder in file.parents:
        mark = folder / ".gitignore"
        if folder.name == FOLDER.parts[0] and not mark.exists():
            mark.write_text("*\n", encoding="utf-8")


def _words(scenario: str) -> str:
    words = re.sub(r"[^A-Za-z0-9_.]+", "-", scenario).strip("-.")
    return f"{words[:100]}-{_digest(scenario)}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]
