"""A process that outlives a test run for a moment, to remove the container that the run has left behind.

Run as a script. It waits, in a session of its own, until nobody holds the lock on the file `users` any more:
that comes however the users end, be it by SIGTERM or SIGKILL. A run that ended well has removed the file.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

PACKAGE = "harness"
_REMOVE = f"""
import sys
sys.path.insert(0, sys.argv[1])
from {PACKAGE}.localstack.container import remove_session
from {PACKAGE}.localstack.sweep import Session
from pathlib import Path
remove_session(Session(Path(sys.argv[2])))
"""


def start(folder: Path, users: Path) -> None:
    """Watch over the session of this folder, until nobody uses it."""
    root = Path(__file__).resolve().parents[2]
    subprocess.run(
        [sys.executable, "-I", "-S", __file__, str(root), str(folder), str(users)],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _main(root: str, folder: str, users: str) -> None:
    file = os.open(users, os.O_RDWR)
    if os.fork():  # whoever starts it has no child to wait for
        os._exit(0)
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    fcntl.flock(file, fcntl.LOCK_EX)
    if os.path.exists(users):
        os.set_inheritable(file, True)  # nobody joins while it is removed
        os.execv(sys.executable, [sys.executable, "-c", _REMOVE, root, folder])


if __name__ == "__main__":
    _main(*sys.argv[1:])
