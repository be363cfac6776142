"""The `harness` command: parses, calls the library, prints, exits."""

from __future__ import annotations

import platform
import sys
import traceback
from collections.abc import Collection, Sequence
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness import given
from harness.answers import (
    FAILED,
    PASSED,
    UNKNOWN,
    Doing,
    Json,
    begin,
    by_json,
    end,
    failed_inside,
    refused,
    tell,
)

if TYPE_CHECKING:
    from harness.history import History
    from harness.report import Figures

DISTRIBUTION = "decoupled-harness"
NEEDED = (
    "boto3",
    "botocore",
    "moto",
    "greenlet",
    "time-machine",
    "aws-sam-translator",
    "pytest",
    "pytest-xdist",
)
OPTIONAL = frozenset({"pytest-xdist"})

EXIT_CODES = "Exit codes: 0 passed, 1 failed, 2 bad usage, 3 unknown, 70 internal error."

app = typer.Typer(
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Proves that decoupled AWS applications recover.",
    epilog=EXIT_CODES,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit code, or raises `SystemExit` with it."""
    begin()
    try:
        app(arguments)
    except Exception as problem:
        traceback.print_exc()
        return failed_inside(problem)
    return PASSED


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"harness {version(DISTRIBUTION)}")
        raise typer.Exit(PASSED)


@app.callback()
def options(
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Options before a command."""


@app.command(epilog=EXIT_CODES)
def judge(
    file: Annotated[Path, typer.Argument(help="A history that pytest --history stored.", metavar="FILE")],
    as_json: Json = False,
) -> None:
    """Judge a stored history again, without running anything.

    Every invariant that the scenario asked for is checked anew; the worst verdict decides the exit code.
    """
    history = _read(file)
    from harness.invariants import judge as judge_history

    verdicts = judge_history(history)
    raise end(
        _exit_code([verdict.value for verdict in verdicts]),
        map(str, verdicts) if verdicts else ["nothing to judge: no invariant was asked in this history"],
        verdicts=[verdict.to_data() for verdict in verdicts],
    )


@app.command(epilog=EXIT_CODES, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def explore(context: typer.Context, as_json: Json = False) -> None:
    """Run scenarios under every fault there could be.

    The arguments are pytest's: `harness explore scenarios --budget 60s` is `pytest scenarios --explore
    --budget 60s`, but for the exit codes.
    """
    from harness.plugin.explore_command import run

    raise run(context.args)


@app.command(epilog=EXIT_CODES)
def replay(
    file: Annotated[Path, typer.Argument(help="A failing plan that an exploration kept.", metavar="FILE")],
    as_json: Json = False,
) -> None:
    """Make a failing run again, event by event, and explain it."""
    from harness.explore.kept import KeptError
    from harness.plugin.explored import NoSuchTest
    from harness.plugin.replay import replay as replay_file

    _expect(file, "a failing plan that an exploration kept")
    try:
        with Doing("making the run again"):
            replayed = replay_file(file)
    except (KeptError, NoSuchTest) as problem:
        raise refused(str(problem)) from None
    codes = {"recovered": PASSED, "broken": FAILED}
    raise end(codes.get(replayed.outcome.status, UNKNOWN), replayed.lines(), **replayed.to_data())


@app.command(epilog=EXIT_CODES)
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
    _expect(file, "the report of an exploration")
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


@app.command(epilog=EXIT_CODES)
def doctor(as_json: Json = False) -> None:
    """Show which versions are installed, and which clouds they can use."""
    rows = [("harness", _version(DISTRIBUTION)), ("python", platform.python_version())]
    rows += [(name, _version(name)) for name in NEEDED]
    loaded = any(entry.value == "harness.plugin" for entry in entry_points(group="pytest11"))
    missing = [name for name, found in rows if not found and name not in OPTIONAL]
    rows += [
        ("pytest plugin", "registered" if loaded else ""),
        ("cloud sim", "available" if not missing else f"not available: {', '.join(missing)} missing"),
        *_emulators(),
    ]
    width = max(len(name) for name, _ in rows)
    raise end(
        FAILED if missing or not loaded else PASSED,
        [f"{name:<{width}}  {found or 'not installed'}" for name, found in rows],
        found={name: found or None for name, found in rows},
        missing=missing,
    )


@app.command(epilog=EXIT_CODES)
def lint(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="SAM or CloudFormation templates, or folders such as cdk.out.", metavar="TEMPLATE…"
        ),
    ] = None,
    parameter: given.Parameter = None,
    explain: Annotated[str, typer.Option(help="Show the page of a rule instead.", metavar="RULE")] = "",
    as_json: Json = False,
) -> None:
    """Check a template against AWS's own rules of decoupling.

    Nothing is run. Values that depend on a parameter without a value, or on another stack, are not judged.
    """
    from dataclasses import asdict

    from harness.app.parts import parts_of
    from harness.app.template import TemplateError
    from harness.lint import explain as page_of
    from harness.lint import lint as findings_of
    from harness.lint import shown
    from harness.near import counted

    try:
        if explain:
            raise end(PASSED, [page_of(explain)], rule=explain, page=page_of(explain))
        if not files:
            raise refused("name a template, or --explain RULE")
        for file in files:
            if not file.is_dir():
                _expect(file, "a template")
        values = given.parameters(parameter)
        templates = [part.path for file in files for part in parts_of(file, None)[1]]
        found = []
        with Doing() as progress:
            for file in templates:
                progress.show(f"reading {file}")
                found += findings_of(file, parameters=values)
    except (LookupError, TemplateError) as problem:
        raise refused(given.told(problem)) from None
    told = f"{counted(len(found), 'finding')}; harness lint --explain RULE says more"
    raise end(
        FAILED if found else PASSED,
        [*shown(found), told if found else "nothing found"],
        templates=[str(file) for file in templates],
        findings=[asdict(each) for each in found],
    )


@app.command(epilog=EXIT_CODES)
def smoke(
    template: Annotated[Path, typer.Argument(help="A SAM or CloudFormation template.", metavar="TEMPLATE")],
    parameter: given.Parameter = None,
    stub_http: given.StubHttp = None,
    ignore: given.Ignore = None,
    as_json: Json = False,
) -> None:
    """Deploy a template to the simulator, and send one event to each entry point.

    An entry point is a resource at which nothing else of the template arrives. The event is made up; if there
    is a real one in events/<LogicalId>.json beside the template, that is sent. Passes if everything settles,
    nothing is lost and no function fails. A function that refuses a made-up event is unknown.
    """
    from dataclasses import asdict

    from harness.app.template import TemplateError
    from harness.cloud import Unsupported
    from harness.smoke import EventError, summary
    from harness.smoke import smoke as tried_of

    _expect(template, "a template")
    try:
        with Doing() as progress:
            values, stubs = given.parameters(parameter), given.stubs(stub_http)
            tried = tried_of(template, values, progress.show, stubs, ignore or ())
    except (TemplateError, Unsupported, EventError) as problem:
        raise refused(given.told(problem, ignores=True)) from None
    outcomes = {each.outcome for each in tried}
    code = FAILED if outcomes & {"failed", "lost"} else PASSED if outcomes == {"ok"} else UNKNOWN
    raise end(code, summary(template, tried), entry_points=[asdict(each) for each in tried])


@app.command(epilog=EXIT_CODES)
def up(
    template: Annotated[Path, typer.Argument(help="A SAM or CloudFormation template.", metavar="TEMPLATE")],
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1; 0 takes a free one.")] = 4566,
    clock: Annotated[
        str,
        typer.Option(help="real: time goes on; manual: keys and requests move it.", metavar="real|manual"),
    ] = "real",
    watch: Annotated[bool, typer.Option("--watch", help="Deploy anew when a file changes.")] = False,
    seed: Annotated[int, typer.Option(help="Decides ids and interleavings.")] = 0,
    parameter: given.Parameter = None,
    stub_http: given.StubHttp = None,
    as_json: Json = False,
) -> None:
    """Deploy a template, and serve the simulator on a port of this machine.

    Any SDK and the AWS CLI can use it by AWS_ENDPOINT_URL. Requests to /_harness/… steer the clock and switch
    faults on and off; one to /_harness/ alone lists them. With --json: an object for each deployment.
    """
    import signal

    from rich.console import Console

    from harness.serving.screen import environment, show, told
    from harness.serving.up import NotServed, Up, changes
    from harness.sim.world import REGION

    _expect(template, "a template")
    if clock not in ("real", "manual"):
        raise refused(f"--clock {clock}: expected real or manual")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    served = None
    try:
        served = Up(
            template,
            port=port,
            real_time=clock == "real",
            seed=seed,
            parameters=given.parameters(parameter),
            stubs=given.stubs(stub_http),
        )
        has_changed = changes(template.resolve().parent) if watch else lambda: False
        with Doing("deploying"):
            started = served.start()
        lines = told(started, served.url, REGION)
        tell("serving", lines, export=environment(served.url, REGION), **started.to_data(served.url))
        console = Console(stderr=by_json())
        show(served, has_changed, lambda line: tell("serving", [line], told=line), console)
    except NotServed as problem:
        raise refused(given.told(problem)) from None
    except KeyboardInterrupt:
        raise typer.Exit(PASSED) from None
    finally:
        if served is not None:
            served.close()


@app.command(epilog=EXIT_CODES)
def new(
    template: Annotated[Path, typer.Argument(help="A SAM or CloudFormation template.", metavar="TEMPLATE")],
    parameter: given.Parameter = None,
    stub_http: given.StubHttp = None,
    ignore: given.Ignore = None,
    as_json: Json = False,
) -> None:
    """Write a first scenario beside a template: a test for each entry point.

    Entry points and events are those of `harness smoke`. The file is test_<folder>.py; one that is there
    already stays as it is: rename it to get a new one.
    """
    import re

    from harness.app.template import TemplateError
    from harness.cloud import Unsupported
    from harness.first_scenario import WANTS_EVENT, first_scenario
    from harness.near import counted
    from harness.smoke import EventError

    _expect(template, "a template")
    file = template.parent / f"test_{re.sub(r'[^a-z0-9]+', '_', template.resolve().parent.name.lower())}.py"
    if file.exists():
        raise refused(f"{file} is there already: rename or move it, and run this again")
    try:
        with Doing() as progress:
            values, stubs = given.parameters(parameter), given.stubs(stub_http)
            text = first_scenario(template, values, progress.show, stubs, ignore or ())
            file.write_text(text)
    except (TemplateError, Unsupported, EventError, OSError) as problem:
        raise refused(given.told(problem, ignores=True)) from None
    lines, wanting = [f"{file}: run it with pytest {file}"], text.count(WANTS_EVENT)
    if wanting:
        tests = counted(text.count("def test_"), "test")
        lines.append(f"a real event belongs into {wanting} of its {tests}: a comment there says why")
    raise end(PASSED, lines, file=str(file))


def _emulators() -> list[tuple[str, str]]:
    """Check for Docker and LocalStack, and for Node.js, which host mode needs for functions."""
    from harness.localstack.availability import docker, localstack_host, nodejs

    return [("cloud localstack", docker()), ("cloud localstack-host", localstack_host()), ("node", nodejs())]


def _read(file: Path) -> History:
    from harness.files import FileError, text_of
    from harness.history import History, HistoryError

    _expect(file, "a history")
    try:
        return History.from_json(text_of(file))
    except (FileError, HistoryError) as problem:
        raise refused(f"{file}: {problem}") from None


def _expect(file: Path, kind: str) -> None:
    """Refuse a file of another kind: say which command takes it."""
    from harness.plugin.stored import mistaken

    if told := mistaken(file, kind):
        raise refused(told)


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


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
