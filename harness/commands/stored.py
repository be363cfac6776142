"""Commands that take files which test runs stored."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.answers import FAILED, PASSED, UNKNOWN, Doing, Json, by_json, end, refused
from harness.commands.kinds import expect

if TYPE_CHECKING:
    from harness.history import History
    from harness.report import Figures


def judge(
    files: Annotated[
        list[Path],
        typer.Argument(help="Histories that pytest --history stored, or folders of them.", metavar="FILE…"),
    ],
    as_json: Json = False,
) -> None:
    """Judge stored histories again, without running anything.

    Every invariant that the scenario asked for is checked anew; the worst verdict decides the exit code.
    """
    from harness.invariants import judge as judge_history

    found = [file for each in files for file in _histories(each)]
    judged = {file: judge_history(_read(file)) for file in dict.fromkeys(found)}
    lines: list[str] = []
    for file, verdicts in judged.items():
        lines += [f"{file}:"] if len(judged) > 1 else []
        told = [str(verdict) for verdict in verdicts]
        lines += told or ["nothing to judge: no invariant was asked in this history"]
    codes = [_exit_code([verdict.value for verdict in verdicts]) for verdicts in judged.values()]
    raise end(
        next(code for code in (FAILED, UNKNOWN, PASSED) if code in codes),
        lines,
        verdicts=[
            {**verdict.to_data(), "file": str(file)}
            for file, verdicts in judged.items()
            for verdict in verdicts
        ],
    )


def _histories(given: Path) -> list[Path]:
    """A file as it is; the histories in a folder."""
    from harness.plugin.stored import kind_of

    if not given.is_dir():
        return [given]
    found = [file for file in sorted(given.iterdir()) if file.is_file() and kind_of(file) == "a history"]
    if not found:
        raise refused(f"{given}: this folder holds no history; pytest --history {given} stores some")
    return found


def replay(
    file: Annotated[Path, typer.Argument(help="A failing plan that an exploration kept.", metavar="FILE")],
    as_json: Json = False,
) -> None:
    """Make a failing run again, event by event, and explain it."""
    from harness.explore.kept import KeptError
    from harness.plugin.explored import NoSuchTest
    from harness.plugin.replay import replay as replay_file

    expect(file, "a failing plan that an exploration kept")
    try:
        with Doing("making the run again"):
            replayed = replay_file(file)
    except (KeptError, NoSuchTest) as problem:
        raise refused(str(problem)) from None
    codes = {"recovered": PASSED, "broken": FAILED}
    raise end(codes.get(replayed.outcome.status, UNKNOWN), replayed.lines(), **replayed.to_data())


def report(
    file: Annotated[Path, typer.Argument(help="A report that pytest --explore stored.", metavar="FILE")],
    compare: Annotated[
        Path | None, typer.Option(help="An earlier report: show what is different now.", metavar="OLD")
    ] = None,
    failures: Annotated[bool, typer.Option("--failures", help="Tell each failure in full.")] = False,
    kind: Annotated[str, typer.Option("--as", help="Which report to make.", metavar="NAME")] = "terminal",
    to: Annotated[
        str, typer.Option(help="With --as otlp: send the spans to this collector.", metavar="URL")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show a stored report of recovery coverage, or a stored history as html, mermaid, perfetto or otlp.

    Fails if a fault point is broken. With --compare: shows what a change broke, and fails only if a fault
    point fails that didn't before.
    """
    from harness import report as reports
    from harness.plugin.stored import kind_of

    if to and kind != "otlp":
        raise refused("--to needs --as otlp")
    if by_json() and kind != "terminal":
        raise refused(f"--as {kind} has a form of its own: leave out --json")
    if kind != "terminal" and kind_of(file) == "a history":
        _show_run(file, kind, to)
        raise typer.Exit(PASSED)
    expect(file, "the report of an exploration")
    _expect_form(kind, "a history", reports.RUN_REPORTS, reports.REPORTS)
    try:
        found = reports.read(file)
        before = None if compare is None else reports.read(compare)
        shows = reports.REPORTS.wanted(kind)
    except (reports.ReportError, LookupError) as problem:
        raise refused(str(problem.args[0])) from None
    if before is not None:
        comparison = reports.compare(found, before)
        code = FAILED if comparison.broke else PASSED
        raise end(code, comparison.lines(), **comparison.to_data())
    code = _exit_code_of(reports.total(found))
    raise end(code, shows(found, failures=failures), **reports.figures_to_data(found))


def _show_run(file: Path, kind: str, collector: str) -> None:
    import time

    from harness.report import REPORTS, RUN_REPORTS, ReportError, stored_run
    from harness.report.otlp import send

    run = stored_run(_read(file).to_json())
    _expect_form(kind, "the report of an exploration", REPORTS, RUN_REPORTS)
    try:
        if collector:
            told = f"{send(run, collector, end_seconds=time.time())} spans sent to {collector}"
        lines = [told] if collector else RUN_REPORTS.wanted(kind)(run)
        for line in lines:
            typer.echo(line)
    except (LookupError, ReportError) as problem:
        raise refused(str(problem.args[0])) from None


def _read(file: Path) -> History:
    from harness.files import FileError, text_of
    from harness.history import History, HistoryError

    expect(file, "a history")
    try:
        return History.from_json(text_of(file))
    except (FileError, HistoryError) as problem:
        raise refused(f"{file}: {problem}") from None


def _expect_form(name: str, other: str, of_other: Collection[str], here: Collection[str]) -> None:
    """Refuse the name of a report that only another kind of file has."""
    if name in of_other and name not in here:
        raise refused(f"--as {name} is for {other}; of this file there are: {', '.join(sorted(here))}")


def _exit_code(verdicts: Sequence[str]) -> int:
    """Of the worst verdict; a history in which nothing was asked proves nothing."""
    if "broken" in verdicts:
        return FAILED
    return PASSED if verdicts and set(verdicts) == {"holds"} else UNKNOWN


def _exit_code_of(figures: Figures) -> int:
    """Of recovery coverage; nothing tried proves nothing."""
    if figures.broken:
        return FAILED
    return UNKNOWN if figures.unknown or not figures.tried else PASSED
