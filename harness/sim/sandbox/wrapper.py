"""Wrapper scripts: a program that starts the runtime, with variables of its own.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.sim.patches import current
from harness.sim.patches.processes import Exited

VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
NOT_FOUND = 127
_OF_THE_SHELL = {"_", "OLDPWD", "PWD", "SHLVL"}
_TELL = "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps(dict(os.environ)))"


def start(script: str) -> dict[str, str | None]:
    """Run a wrapper script with, in place of the runtime, a program that tells what it was started with.

    The variables that the script has changed; None stands for one that it took away. Raises `Exited` if
    the script isn't there, or ends without starting the runtime.
    """
    process = current.process()
    before = dict(os.environ)
    given = before if process is None else process.for_children(before)
    with tempfile.TemporaryDirectory(prefix="harness-wrapper-") as folder:
        told = Path(folder) / "variables.json"
        try:
            ran = subprocess.run(
                [script, sys.executable, "-c", _TELL, str(told)],
                check=False,
                env=given,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError:
            raise Exited(f"exit status {NOT_FOUND}") from None
        sys.stdout.write(ran.stdout)
        if ran.returncode or not told.exists():
            raise Exited(f"exit status {ran.returncode}")
        after: dict[str, str] = json.loads(told.read_text(encoding="utf-8"))
    changed = {name: value for name, value in after.items() if given.get(name) != value}
    gone: dict[str, str | None] = dict.fromkeys(name for name in before if name not in after)
    return {name: value for name, value in (changed | gone).items() if name not in _OF_THE_SHELL}


def apply(changes: dict[str, str | None]) -> None:
    """Make these changes to the variables of the process."""
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
