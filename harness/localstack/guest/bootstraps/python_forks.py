"""Forks a process for each environment of a function in Python, with the SDK loaded already.

Started as a script, with the number of the socket on which it is asked. A message is JSON, with two files:
the one that takes the output, and the one that is told the exit status. A process that ended stays a zombie
until somebody says that it may go: so nobody sends signals to another one with its number.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

import faked_time  # type: ignore[import-not-found]

REQUEST_BYTES_MAX = 1 << 17
"""Above what a function's variables may take: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""


def preload() -> list[str]:
    """Load what a first client loads. Gives the names of all modules that are loaded then."""
    import boto3
    import boto3.dynamodb.conditions

    keep_lists_of_services()
    session = boto3.session.Session("x", "x", region_name="us-east-1")
    session.resource("dynamodb")
    session.client("s3")
    gc.collect()
    gc.freeze()
    return sorted({name.partition(".")[0] for name in sys.modules})


def keep_lists_of_services() -> None:
    """Each session looks into 400 folders to learn of services that there are; here they stay as they are."""
    from botocore.loaders import Loader

    look, known = Loader.list_available_services, {}

    def listed(loader: Any, type_name: str) -> list[str]:
        key = (*loader.search_paths, type_name)
        if key not in known:
            known[key] = look(loader, type_name)
        return list(known[key])

    Loader.list_available_services = listed


class Forks:
    """The processes that live, or aren't let go yet."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._told: dict[int, int] = {}
        self._ended: set[int] = set()
        self._woken, self._wakes = os.pipe()
        for end in (self._woken, self._wakes):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._wakes, warn_on_full_buffer=False)

    def serve(self) -> dict[str, Any]:
        """Fork until nobody asks any more. Returns in each new process, with what it is to be."""
        waited: list[Any] = [self._control, self._woken]
        while True:
            ready, _, _ = select.select(waited, [], [])
            if self._woken in ready:
                os.read(self._woken, 4096)
                self._tell_ended()
            if self._control in ready and (asked := self._asked()) is not None:
                return asked

    def _asked(self) -> dict[str, Any] | None:
        message, files, _, _ = socket.recv_fds(self._control, REQUEST_BYTES_MAX, 2)
        if not message:
            sys.exit()
        asked: dict[str, Any] = json.loads(message)
        if "gone" in asked:
            if asked["gone"] in self._ended:
                self._ended.remove(asked["gone"])
                os.waitpid(asked["gone"], 0)
            return None
        output, told = files
        pid = os.fork()
        if pid == 0:
            self._become(asked, output, told)
            return asked
        os.setpgid(pid, pid)
        os.close(output)
        self._told[pid] = told
        self._control.send(str(pid).encode())
        return None

    def _tell_ended(self) -> None:
        for pid, told in list(self._told.items()):
            ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is not None:
                status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
                del self._told[pid]
                self._ended.add(pid)
                os.write(told, str(status).encode())
                os.close(told)

    def _become(self, asked: dict[str, Any], output: int, told: int) -> None:
        """Be the process of an environment, in every respect but what is loaded."""
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._control.close()
        for number in (1, 2):
            os.dup2(output, number)
        for number in (output, told, self._woken, self._wakes, *self._told.values()):
            os.close(number)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["variables"])
        time.tzset()


def main() -> None:
    """Load, tell what is loaded, and fork."""
    control = socket.socket(fileno=int(sys.argv[1]))
    faked_time.hide()
    control.send(json.dumps(preload()).encode())
    asked = Forks(control).serve()
    from python_runtime import main as run  # type: ignore[import-not-found] # reads the new variables

    run(asked["handler"])


if __name__ == "__main__":
    main()
