"""Values that commands are given for a template: its parameters, and the answers of third parties."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.answers import refused

Parameter = Annotated[
    list[str] | None, typer.Option(help="A value for a parameter of the template.", metavar="NAME=VALUE")
]
StubHttp = Annotated[
    list[str] | None,
    typer.Option(
        help="Answer for a third party: with this status and an empty JSON object, or with 200 and a file.",
        metavar="HOST=STATUS|FILE",
    ),
]

Ignore = Annotated[
    list[str] | None,
    typer.Option(help="Leave out a resource, or all of a type: functions in Node.js.", metavar="ID|TYPE"),
]

EMPTY: dict[str, Any] = {}
"""The body of an answer of which only the status is given: code that reads JSON reads this, too."""

_IN_PYTHON = re.compile(r'deploy\(…, parameters=\{"(\w+)": "…"\}\)')


def parameters(given: Sequence[str] | None) -> dict[str, str]:
    """The values of parameters by their names."""
    return _pairs(given, "--parameter", "NAME=VALUE")


def stubs(given: Sequence[str] | None) -> dict[str, Any]:
    """The answers of third parties by their hosts."""
    from harness.app.handles.messages import check_answer, check_host

    found: dict[str, Any] = {}
    for host, said in _pairs(given, "--stub-http", "HOST=STATUS or HOST=FILE").items():
        try:
            check_host(host)
            found[host] = (int(said), EMPTY) if said.isdecimal() else _body(Path(said))
            check_answer(found[host])
        except (OSError, ValueError) as problem:
            raise refused(f"--stub-http {host}={said}: {problem}") from None
    return found


def told(problem: Exception | str, *, ignores: bool = False) -> str:
    """A problem with a template, in the words of the command line; of a command that `ignores` resources."""
    text = _IN_PYTHON.sub(r"--parameter \1=…", str(problem))
    return text.replace("ignore=[…] of deploy", "--ignore …") if ignores else text


def _body(file: Path) -> Any:
    text = file.read_text(encoding="utf-8")
    return json.loads(text) if file.suffix == ".json" else text


def _pairs(given: Sequence[str] | None, option: str, form: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in given or ()]
    for name, sign, _ in pairs:
        if not name or not sign:
            raise refused(f"{option} {name}: expected {form}")
    return {name: value for name, _, value in pairs}
