"""The findings of lint: one for each problem of a template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One problem of a template.

    `logical_id` is the resource as written in the template, and where a suppression would stand. `problem`
    says what is wrong, `change` what to do about it, `page` where AWS says so.
    """

    path: str
    line: int
    logical_id: str
    rule: str
    problem: str
    change: str
    page: str

    @property
    def message(self) -> str:
        """The problem and the change that solves it, in one line."""
        return f"{self.problem}; {self.change}"

    @property
    def place(self) -> str:
        """The file and line, in the form that editors and terminals understand."""
        return f"{self.path}:{self.line}"


def shown(findings: Iterable[Finding]) -> list[str]:
    """One line a finding, aligned."""
    rows = [(found.place, found.logical_id, found.rule, found.message) for found in findings]
    return [_aligned(row, _widths(rows)) for row in rows]


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    return [max(len(row[column]) for row in rows) for column in range(3)]


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    fixed = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
    return "  ".join([*fixed, row[-1]])
