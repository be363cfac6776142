"""Pages that are made of docstrings: one for each fault and each invariant, and the public API."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import typer.main

import harness
from harness import cli, faults, plugin
from harness.app.handle import App
from harness.app.handles import HANDLES
from harness.app.handles.durable import Callback, DurableExecution
from harness.endpoint import Endpoint
from harness.expectations import Expect
from harness.faults.places import PlacedFault
from harness.invariants import INVARIANTS
from harness.localstack.cloud import LocalStack
from harness.plan import Counted, kinds
from harness.plugin import options

EXAMPLES = """The tests run the examples. In them `app` is the app
[orders](../../../fixtures/apps/orders), deployed to the simulator `cloud`; `chaos` breaks things there."""

_ADDRESS = re.compile(r"(?<![(<\"`])https?://[^\s)]+\w/?")
_BEHIND = re.compile(r"(?<=html)\n(?=[A-Z])")
"""The end of a line that ends with an address, where a new sentence begins."""

IN_COMMON = {field.name for field in fields(Counted)}
"""Settings that nearly all faults have: they come last."""

ALIASES = {"Moment": '"before" | "after"'}
"""Names of types that readers can't see."""

OF_A_CLOUD = ("deploy", "client", "inject", "settle", "advance", "elapsed", "history", "outbox", "stub_http")
"""The members of a simulator that are for tests; its others are for the parts of this library."""


def pages() -> dict[str, str]:
    """The pages, by their path in the documentation."""
    return {
        "reference/faults/index.md": _index("Faults", faults_by_name(), "one thing that goes wrong"),
        **{f"reference/faults/{name}.md": fault_page(name) for name in faults_by_name()},
        "reference/invariants/index.md": _index("Invariants", claims_by_name(), "a claim about a run"),
        **{f"reference/invariants/{name}.md": claim_page(name) for name in claims_by_name()},
        "reference/api/index.md": api_page(),
        "reference/api/app.md": app_page(),
        "reference/api/handles.md": handles_page(),
        "reference/api/pytest.md": pytest_page(),
        "reference/api/command.md": command_page(),
    }


def faults_by_name() -> Mapping[str, type[PlacedFault]]:
    """The kinds of fault, by the names under which they are injected."""
    return {name: getattr(faults, name) for name in sorted(kinds()) if hasattr(faults, name)}


def claims_by_name() -> Mapping[str, Any]:
    """The methods of `expect(app)`, by name."""
    found = {name: value for name, value in vars(Expect).items() if not name.startswith("_")}
    return {name: value for name, value in found.items() if inspect.isfunction(value)}


def fault_page(name: str) -> str:
    """A fault: its own docstring, its arguments, and what it has in common with others."""
    kind = faults_by_name()[name]
    common = [base for base in kind.__mro__[1:] if base is not PlacedFault and _own(base) and _settings(base)]
    about = [
        f"## {_HEADINGS.get(base.__name__, base.__name__)}\n\n{markdown(base.__doc__)}" for base in common
    ]
    return "\n\n".join(
        [f"# {name}", _fenced(signature(f"faults.{name}", kind)), markdown(kind.__doc__), *about, _FAULT_FOOT]
    )


_HEADINGS = {
    "AtMoment": "The moment",
    "Counted": "Which occurrences",
    "Fault": "When",
    "OnCall": "The call",
    "OnHop": "The delivery",
    "OnInvocation": "The invocation",
    "OnExecution": "The execution",
    "OnService": "The service",
    "OnTries": "The SDK's retries",
}
_FAULT_FOOT = "[All faults](index.md), and [how they are used](../../guide/faults.md). " + EXAMPLES


def claim_page(name: str) -> str:
    """An invariant: how it is claimed, and how it is judged."""
    method = claims_by_name()[name]
    judged = INVARIANTS.get(name)
    parts = [f"# {name}", _fenced(signature(f"expect(app).{name}", method)), markdown(method.__doc__)]
    if judged is not None:
        head = inspect.getmodule(judged).__doc__
        parts += ["## How it is judged", markdown(head), markdown(judged.__doc__)]
    parts.append(
        "[All invariants](index.md), and [how they are used](../../guide/invariants.md). " + EXAMPLES
    )
    return "\n\n".join(parts)


def api_page() -> str:
    """The names of `harness`, and the clouds."""
    parts = ["# The public API", "The names that `harness` exports, and the clouds. " + EXAMPLES]
    for name in harness.__all__:
        thing = getattr(harness, name)
        if not inspect.ismodule(thing) and name != "Simulator":
            parts += [f"## {name}", *_about(f"harness.{name}", thing)]
    parts += ["## faults", "[A page for each](../faults/index.md)."]
    for name, cloud in (("Simulator", harness.Simulator), ("LocalStack", LocalStack), ("Endpoint", Endpoint)):
        parts += [f"## {name}", *_about(name, cloud)]
        if cloud is harness.Simulator:
            parts += list(_members(cloud, OF_A_CLOUD))
    return "\n\n".join(parts)


def app_page() -> str:
    """A deployed app."""
    return "\n\n".join(["# App", markdown(App.__doc__), *_members(App)])


def handles_page() -> str:
    """The handles of resources, kind by kind."""
    parts = ["# Handles", '`app.queue("Q")` and the like give these. ' + EXAMPLES]
    for kind in [*dict.fromkeys(HANDLES.values()), DurableExecution, Callback]:
        parts += [f"## {kind.__name__}", markdown(kind.__doc__), *_members(kind, but=("samples",))]
    return "\n\n".join(parts)


class _Options:
    """Notes the options that the plugin declares."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def getgroup(self, *_: str) -> _Options:
        """The one group."""
        return self

    def addoption(self, *names: str, **said: Any) -> None:
        """Note an option."""
        value = f" {said['metavar']}" if said.get("metavar") else ""
        self.rows.append(f"| `{', '.join(names)}{value}` | {_cell(said['help'])} |")

    def addini(self, name: str, **said: Any) -> None:
        """Note a setting of pytest's ini file."""
        self.rows.append(f"| `{name}` in pytest's ini file | {_cell(said['help'])} |")


def pytest_page() -> str:
    """The fixtures and options of the pytest plugin."""
    parts = ["# The pytest plugin", "## Fixtures"]
    for name in ("cloud", "chaos"):
        function = getattr(plugin, name)
        parts.append(f"### {name}\n\n{markdown(getattr(function, '__wrapped__', function).__doc__)}")
    declared = _Options()
    options.add(declared)  # type: ignore[arg-type]
    return "\n\n".join([*parts, "## Options", "\n".join(["| | |", "|---|---|", *declared.rows])])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def command_page() -> str:
    """The help of each command."""
    group = typer.main.get_command(cli.app)
    parts = ["# The command `harness`", cli.EXIT_CODES]
    for name, command in sorted(group.commands.items()):
        context = typer.Context(command, info_name=f"harness {name}")
        parts += [f"## {name}", f"```text\n{command.get_help(context).strip()}\n```"]
    return "\n\n".join(parts)


def _index(title: str, things: Mapping[str, Any], kind: str) -> str:
    rows = [f"| [{name}]({name}.md) | {_cell(summary(thing))} |" for name, thing in things.items()]
    return "\n".join([f"# {title}", "", f"Each is {kind}.", "", "| | |", "|---|---|", *rows])


def summary(thing: Any) -> str:
    """The first sentence of a docstring."""
    first = (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")
    return re.split(r"(?<=\w\.) ", first)[0]


def _about(name: str, thing: Any) -> list[str]:
    return [_fenced(signature(name, thing)), markdown(thing.__doc__)]


def _members(kind: type, names: tuple[str, ...] = (), but: tuple[str, ...] = ()) -> Iterator[str]:
    found = {name: value for base in reversed(kind.__mro__) for name, value in vars(base).items()}
    for name in names or sorted(found):
        value = found.get(name)
        if (
            name.startswith("_")
            or name in but
            or (not isinstance(value, property) and not inspect.isfunction(value))
        ):
            continue
        yield f"### {name}"
        if inspect.isfunction(value):
            yield _fenced(signature(name, value))
        yield markdown(value.__doc__)


def signature(name: str, thing: Any) -> str:
    """A call with its parameters, one a line where they are many."""
    try:
        parameters = [
            p for p in inspect.signature(thing).parameters.values() if p.name not in ("self", "_", "__")
        ]
    except ValueError:
        return name
    parameters.sort(key=lambda p: (p.kind is p.KEYWORD_ONLY) + (p.name in IN_COMMON))
    shown, keywords = [], False
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and not keywords:
            keywords = True
            shown.append("*")
        if parameter.kind is parameter.VAR_POSITIONAL:
            keywords = True
        shown.append(_written(parameter))
    line = f"{name}({', '.join(shown)})"
    return line if len(line) <= 90 else "\n".join([f"{name}(", *(f"    {one}," for one in shown), ")"])


def _written(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    named = ALIASES.get(parameter.annotation, parameter.annotation)
    kind = "" if parameter.annotation is parameter.empty else f": {named}"
    default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
    return f"{stars}{parameter.name}{kind}{default}"


def markdown(docstring: str | None) -> str:
    """A docstring as Markdown: its examples as code, bare addresses as links."""
    blocks = inspect.cleandoc(docstring or "").split("\n\n")
    return "\n\n".join(
        _fenced(block) if block.startswith(">>>") else _ADDRESS.sub(r"<\g<0>>", _BEHIND.sub("  \n", block))
        for block in blocks
    )


def _fenced(code: str) -> str:
    return f"```python\n{code}\n```"


def _own(kind: type) -> bool:
    return bool(vars(kind).get("__doc__")) and kind.__module__.startswith("harness.")


def _settings(kind: type) -> bool:
    return (
        bool(vars(kind).get("__annotations__"))
        and "__dataclass_fields__" in vars(kind)
        and bool(fields(kind))
    )
