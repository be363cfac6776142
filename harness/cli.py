"""The `harness` command: parses, calls the library, prints, exits."""

from __future__ import annotations

import platform
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import Annotated

import typer

from harness.answers import FAILED, PASSED, Json, begin, end, failed_inside
from harness.commands import stored, templates

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


@app.command(epilog=EXIT_CODES, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def explore(context: typer.Context, as_json: Json = False) -> None:
    """Run scenarios under every fault there could be.

    The arguments are pytest's: `harness explore scenarios --budget 60s` is `pytest scenarios --explore
    --budget 60s`, but for the exit codes.
    """
    from harness.plugin.explore_command import run

    raise run(context.args)


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


def _emulators() -> list[tuple[str, str]]:
    """Check for Docker and LocalStack, and for Node.js, which host mode needs for functions."""
    from harness.localstack.availability import docker, localstack_host, nodejs

    return [("cloud localstack", docker()), ("cloud localstack-host", localstack_host()), ("node", nodejs())]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


for _command in (
    *(stored.replay, stored.report, stored.judge),
    *(templates.smoke, templates.new, templates.up, templates.lint),
    doctor,
):
    app.command(epilog=EXIT_CODES)(_command)


if __name__ == "__main__":
    sys.exit(main())
