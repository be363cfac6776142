"""The files that commands take and test runs store: which kind one is, and which command takes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.files import FileError, text_of

USES = {
    "a history": "harness judge {file}, or harness report {file} --as html",
    "the report of an exploration": "harness report {file}",
    "a failing plan that an exploration kept": "harness replay {file}",
    "a plan": "pytest --plan {file}",
    "a template": "harness lint {file}",
}
"""Each kind, and the command that takes it."""


def mistaken(file: Path, *wanted: str) -> str:
    """The message for a file of another kind than those that are wanted; "" for anything else."""
    found = kind_of(file)
    if not found or found in wanted:
        return ""
    return f"{file} is {found}, not {wanted[0]}: use {USES[found].format(file=file)}"


def kind_of(file: Path) -> str:
    """Which of `USES` a file is; "" for anything else."""
    try:
        text = text_of(file)
    except FileError:
        return ""
    head = _object(text.partition("\n")[0])
    if {"cloud", "places"} <= head.keys():
        return "a history"
    data = _object(text)
    members = {
        "scenarios": "the report of an exploration",
        "evidence": "a failing plan that an exploration kept",
        "faults": "a plan",
        "Resources": "a template",
    }
    for member, kind in members.items():
        if member in data:
            return kind
    return "a template" if file.suffix in (".yaml", ".yml") and "\nResources:" in f"\n{text}" else ""


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
