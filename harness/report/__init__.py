"""Recovery coverage: from what a campaign stored to figures, tables and differences.

A report is a function from stored data to lines, found by its name in `REPORTS`: one module of this package
each, which says so in its own `REPORTS`, or a function from anywhere that is added; see
`docs/extend/report.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from harness.registry import Registry
from harness.report.compare import compare
from harness.report.coverage import Figures, by_fault, by_place, by_scenario, figures_to_data, total
from harness.report.data import FORMAT, Report, ReportError, document, read, write
from harness.report.stored_run import StoredRun, stored_run
from harness.report.terminal import failures_shown, tables

__all__ = [
    "FORMAT",
    "REPORTS",
    "RUN_REPORTS",
    "Figures",
    "Report",
    "ReportError",
    "StoredRun",
    "by_fault",
    "by_place",
    "by_scenario",
    "compare",
    "document",
    "failures_shown",
    "figures_to_data",
    "read",
    "stored_run",
    "tables",
    "total",
    "write",
]


class Shows(Protocol):
    """A report: it reads stored data only."""

    def __call__(self, report: Report, *, failures: bool = False) -> Iterator[str]:
        """Its lines. `failures`: each of them in full."""


class ShowsRun(Protocol):
    """A report of one stored run."""

    def __call__(self, run: StoredRun, /) -> Iterator[str]:
        """Its lines."""


RUN_REPORTS: Registry[ShowsRun] = Registry(
    __name__, "report of a run", lambda module: vars(module).get("RUN_REPORTS", {})
)
"""By name, as `REPORTS`."""

REPORTS: Registry[Shows] = Registry(__name__, "report", lambda module: vars(module).get("REPORTS", {}))
