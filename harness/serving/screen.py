"""The live table of a served app: queues, functions and faults, and keys that let time pass."""

from __future__ import annotations

import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.serving.front import SimulatorGone
from harness.serving.messages import Started
from harness.serving.up import NotServed, Up

EVERY_SECONDS = 0.5
FAILURES_SHOWN = 3
"""On a terminal, which has the table, too."""
_JUMPS = {"m": 60.0, "h": 3600.0, "d": 86_400.0}
_KEYS = "keys: m, h, d let a minute, an hour, a day pass · s settles · q ends"


def environment(url: str, region: str) -> str:
    """The line that points SDKs and the AWS CLI here."""
    return (
        f"export AWS_ENDPOINT_URL={url} AWS_REGION={region} AWS_DEFAULT_REGION={region} "
        "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DISABLE_HOST_PREFIX_INJECTION=true"
    )


def told(started: Started, url: str, region: str) -> list[str]:
    """The lines for a terminal once the app is deployed."""
    width = max((len(f"{kind} {name}") for kind, name, _ in started.addresses), default=0)
    found = [f"{f'{kind} {name}':<{width}}  {address}" for kind, name, address in started.addresses]
    return [f"{started.name} at {url}", *found, environment(url, region)]


def show(up: Up, has_changed: Callable[[], bool], say: Callable[[str], None], console: Console) -> None:
    """Show the app until somebody ends it; deploy it anew when it has changed.

    On a terminal as a table that changes, elsewhere by a line for each deployment and for what fails.
    """
    problem, shown = "", 0
    with _keys() as pressed, Live(console=console, refresh_per_second=4, transient=True) as live:
        while True:
            try:
                state = up.control("GET", "state")
                if console.is_terminal:
                    failures = [Text(line, "red") for line in state["failures"]["last"][-FAILURES_SHOWN:]]
                    keys = Text(problem or _KEYS, "red" if problem else "dim")
                    live.update(Group(_table(state), *failures, keys))
                else:
                    count, last = state["failures"]["count"], state["failures"]["last"]
                    for line in last[max(len(last) - (count - shown), 0) :]:
                        say(line)
                    shown = count
            except SimulatorGone as gone:
                problem = str(gone)
            key = pressed(EVERY_SECONDS)
            if key == "q":
                return
            if key in _JUMPS:
                up.control("POST", "advance", {"seconds": _JUMPS[key]})
            if key == "s":
                up.control("POST", "settle")
            if has_changed():
                problem, shown = _again(up, say), 0


def _again(up: Up, say: Callable[[str], None]) -> str:
    """Deploy once more; gives the problem, if there is one."""
    try:
        up.start()
    except NotServed as problem:
        say(str(problem))
        return str(problem)
    say("deployed anew: what the app held is gone")
    return ""


def _table(state: dict[str, Any]) -> Table:
    table = Table(title=f"{state['app']}  +{state['seconds']:.0f} s", title_justify="left")
    for column in ("queue", "visible", "in flight", "delayed", "function", "runs", "failed"):
        table.add_column(column, justify="left" if column in ("queue", "function") else "right")
    queues = [
        (name, *(str(count.get(kind, 0)) for kind in ("visible", "in flight", "delayed")))
        for name, count in state["queues"].items()
    ]
    functions = [
        (name, str(each["invocations"]), str(each["failed"])) for name, each in state["functions"].items()
    ]
    for index in range(max(len(queues), len(functions))):
        left = queues[index] if index < len(queues) else ("", "", "", "")
        right = functions[index] if index < len(functions) else ("", "", "")
        table.add_row(*left, *right)
    for fault in state["faults"]:
        table.caption = (
            f"{table.caption or 'faults:'} {fault['number']} {fault['kind']} (fired {fault['fired']})"
        )
    return table


@contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
    """A function that waits for a key; "" if none is pressed in time."""
    if not sys.stdin.isatty():
        yield _wait
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield lambda seconds: sys.stdin.read(1) if select.select([sys.stdin], [], [], seconds)[0] else ""
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _wait(seconds: float) -> str:
    time.sleep(seconds)
    return ""
