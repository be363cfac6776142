"""The runtimes of Lambda functions that can run here, and the commands that start their processes."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .variables import UnpackedFunction

LOG = logging.getLogger(__name__)

_BOOTSTRAPS = Path(__file__).with_name("bootstraps")
WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


class UnsupportedRuntime(Exception):
    """A function can't run here; the message says what works."""


def available() -> list[str]:
    """The families of runtimes that work here."""
    return ["python", *(["nodejs"] if _node() else [])]


def command(runtime: str | None, handler: str) -> list[str]:
    """The command that starts the process of a function. Raises `UnsupportedRuntime`."""
    family = family_of(runtime)
    _say_once(runtime or "", family)
    if family == "python":
        return [sys.executable, "-u", str(_BOOTSTRAPS / "python_runtime.py"), handler]
    return [str(_node()), str(_BOOTSTRAPS / "node_runtime.mjs"), handler]


def wrapped(command: list[str], code: UnpackedFunction) -> list[str]:
    """The command, started by the function's wrapper script if it has one; a shell tells that it isn't there.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
    """
    script = code.variables.get(WRAPPER)
    return ["/bin/sh", "-c", 'exec "$0" "$@"', code.here(script), *command] if script else command


def version_at_hand(runtime: str | None) -> str:
    """The runtime in INIT_START: the one that really runs the function. Raises `UnsupportedRuntime`."""
    return f"python:{PYTHON}" if family_of(runtime) == "python" else f"nodejs:{_node_version()}"


def family_of(runtime: str | None) -> str:
    """ "python" or "nodejs". Raises `UnsupportedRuntime`."""
    if runtime and re.fullmatch(r"python3\.\d+", runtime):
        return "python"
    if runtime and re.fullmatch(r"nodejs\d+\.x", runtime) and _node():
        return "nodejs"
    named = f"runtime {runtime}" if runtime else "container images"
    why = ": there is no node on LocalStack's PATH" if runtime and runtime.startswith("nodejs") else ""
    works = " and ".join(f"{name}*" for name in available())
    raise UnsupportedRuntime(
        f"{named} can't run in harness's LocalStack{why}; what works here: {works}. "
        "Replace this function in the scenario, or run it on a cloud that has the runtime."
    )


@cache
def _node() -> str | None:
    return shutil.which("node")


@cache
def _node_version() -> str:
    told = subprocess.run([str(_node()), "--version"], capture_output=True, text=True, check=False).stdout
    return told.strip().removeprefix("v") or "unknown"


@cache
def _say_once(runtime: str, family: str) -> None:
    if family == "python" and runtime != f"python{PYTHON}":
        LOG.warning("%s functions run under Python %s, which runs LocalStack", runtime, PYTHON)
    if family == "nodejs" and runtime != f"nodejs{_node_version().partition('.')[0]}.x":
        LOG.warning("%s functions run under Node.js %s, the one on the PATH", runtime, _node_version())
