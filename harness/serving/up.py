"""Serves a template until it is told to end: starts the processes, deploys anew when a file changes."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.serving import inside
from harness.serving.front import DEPLOYING, Front, SimulatorGone, SimulatorLink
from harness.serving.messages import CONTROL, NotDeployed, Serving, Started

STARTS_SECONDS = 120.0
ENDS_SECONDS = 5.0
_WATCHED = (".py", ".yaml", ".yml", ".json", ".js", ".txt", ".vtl", ".toml")


class NotServed(Exception):
    """The app can't be served, and why."""


class Up:
    """An app behind a port of this machine, from `start` to `close`.

    `url` is where it listens. Raises `NotServed` for a port that is taken.
    """

    def __init__(
        self,
        template: Path,
        *,
        port: int = 0,
        real_time: bool = True,
        seed: int = 0,
        parameters: Mapping[str, str] | None = None,
        stubs: Mapping[str, Any] | None = None,
    ) -> None:
        try:
            self._front = Front(port)
        except (OSError, OverflowError) as problem:
            why = problem.strerror if isinstance(problem, OSError) else "no port"
            raise NotServed(f"port {port}: {why}; --port 0 takes a free one") from None
        self.url = self._front.url
        self._serving = Serving(
            str(template), self.url, real_time, seed, dict(parameters or {}), dict(stubs or {})
        )
        self._process: multiprocessing.process.BaseProcess | None = None
        self._listening = threading.Thread(target=self._front.serve_forever, name="harness up", daemon=True)
        self._listening.start()

    def start(self) -> Started:
        """Deploy the app in a process of its own; one that is there already ends. Raises `NotServed`."""
        self._end_process()
        self._front.absent = DEPLOYING
        ours, theirs = multiprocessing.Pipe()
        made = multiprocessing.get_context("spawn").Process(target=inside.run, args=(theirs,), daemon=True)
        made.start()
        theirs.close()
        self._process = made
        ours.send(self._serving)
        try:
            told = ours.recv() if ours.poll(STARTS_SECONDS) else NotDeployed("the deployment took too long")
        except EOFError:
            told = NotDeployed("the simulator's process ended while it deployed the app")
        if isinstance(told, NotDeployed):
            ours.close()
            self._front.absent = f"the app could not be deployed: {told.problem}"
            raise NotServed(told.problem)
        self._front.link = SimulatorLink(ours)
        started: Started = told
        return started

    def control(self, method: str, path: str, data: Any = None) -> Any:
        """Ask the simulator something, as `/_harness/` does. Raises `SimulatorGone`."""
        if self._front.link is None:
            raise SimulatorGone(self._front.absent)
        body = b"" if data is None else json.dumps(data).encode()
        return json.loads(self._front.link.ask(method, CONTROL + path, (), body).body)

    def close(self) -> None:
        """End everything that was started."""
        self._front.shutdown()
        self._front.server_close()
        self._listening.join()
        self._end_process()

    def _end_process(self) -> None:
        link, self._front.link = self._front.link, None
        if link is not None:
            link.close()
        if self._process is not None:
            self._process.join(ENDS_SECONDS)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process = None


def changes(folder: Path) -> Callable[[], bool]:
    """A function that tells whether a file of an app has changed since it was last asked."""
    seen = _times(folder)

    def changed() -> bool:
        nonlocal seen
        before, seen = seen, _times(folder)
        return before != seen

    return changed


def _times(folder: Path) -> dict[Path, int]:
    found = {}
    for path in folder.rglob("*"):
        hidden = any(
            part.startswith(".") or part == "node_modules" for part in path.relative_to(folder).parts
        )
        if path.suffix in _WATCHED and not hidden:
            try:
                found[path] = path.stat().st_mtime_ns
            except OSError:  # it went away meanwhile
                continue
    return found
