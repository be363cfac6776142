"""Commands that take a template."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness import given
from harness.answers import FAILED, PASSED, UNKNOWN, Doing, Json, by_json, end, refused, tell
from harness.commands.kinds import expect


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
                expect(file, "a template")
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
    from harness.smoke import EventError, summary, unused
    from harness.smoke import smoke as tried_of

    expect(template, "a template")
    try:
        with Doing() as progress:
            values, stubs = given.parameters(parameter), given.stubs(stub_http)
            tried = tried_of(template, values, progress.show, stubs, ignore or ())
    except (TemplateError, Unsupported, EventError) as problem:
        raise refused(given.told(problem, ignores=True)) from None
    outcomes = {each.outcome for each in tried}
    code = FAILED if outcomes & {"failed", "lost"} else PASSED if outcomes == {"ok"} else UNKNOWN
    raise end(
        code,
        summary(template, tried),
        entry_points=[asdict(each) for each in tried],
        unused=unused(template, tried),
    )


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

    expect(template, "a template")
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

    expect(template, "a template")
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
        lines.append(f"a real event belongs in {wanting} of its {tests}: a comment there says why")
    raise end(PASSED, lines, file=str(file))
