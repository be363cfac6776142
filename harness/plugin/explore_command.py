"""`harness explore`: pytest with `--explore`, and exit codes that tell more than pytest's."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from typing import Any

import pytest
import typer

from harness.answers import BAD_USAGE, FAILED, INTERNAL, OUTCOMES, PASSED, UNKNOWN, by_json, tell
from harness.plugin.reports import PREFIX

_EXITS = {0: PASSED, 1: FAILED, 2: UNKNOWN, 4: BAD_USAGE, 5: UNKNOWN}
"""Exit codes of pytest, as those of the command: interrupted, and nothing collected, are unknown."""

_UNREWRITTEN = (
    "-W",
    "ignore:Module already imported so cannot be rewritten; harness:pytest.PytestAssertRewriteWarning",
)
"""pytest warns that the command was imported before it. That is of no importance to anybody."""


def run(given: Sequence[str]) -> typer.Exit:
    """Run pytest with these arguments; gives the exception that ends the command."""
    mode = [] if any(word.partition("=")[0] == "--explore" for word in given) else ["--explore=1"]
    explored = _Explored()
    with redirect_stdout(sys.stderr) if by_json() else nullcontext():
        code = _EXITS.get(int(pytest.main([*_UNREWRITTEN, *given, *mode], plugins=[explored])), INTERNAL)
    if code in (PASSED, FAILED):
        code = explored.exit_code or code
    if by_json():
        tell(OUTCOMES[code], (), **explored.members)
    return typer.Exit(code)


class _Explored:
    """A plugin of pytest that notes what came of the tests, where pytest's own exit code tells too little."""

    def __init__(self) -> None:
        self.members: dict[str, Any] = {}
        self._any = False
        self._verdicts: set[object] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note whether a scenario was explored, and the verdict of what failed."""
        self._any |= hasattr(report, "harness_explored")
        if report.failed:
            self._verdicts.add(dict(report.user_properties).get(f"{PREFIX}verdict", "failed"))

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Note the figures, and where the report is."""
        from harness.report import figures_to_data

        exploration: Any = config.pluginmanager.get_plugin("harness-exploration")
        if exploration is not None and exploration.scenarios:
            self.members = {"report": str(exploration.stored), **figures_to_data(exploration.report)}

    @property
    def exit_code(self) -> int:
        """Unknown where nothing was explored, or where no failure is more than unknown; else 0."""
        nothing = not self._any and not self._verdicts
        return UNKNOWN if nothing or self._verdicts == {"unknown"} else PASSED
