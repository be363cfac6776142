"""Recovery coverage: from what a campaign stored to figures, tables and differences."""

from harness.report.compare import compare
from harness.report.coverage import Figures, by_fault, by_place, by_scenario, total
from harness.report.data import FORMAT, ReportError, document, read, write
from harness.report.terminal import failures_shown, tables

__all__ = [
    "FORMAT",
    "Figures",
    "ReportError",
    "by_fault",
    "by_place",
    "by_scenario",
    "compare",
    "document",
    "failures_shown",
    "read",
    "tables",
    "total",
    "write",
]
