"""One LocalStack for all workers of a test run: the first who asks starts it, the last who leaves stops it.

Whoever uses it holds a shared lock on its file `users`. The kernel drops that lock however a process ends, so
the last one is known without counting, and what nobody holds any more is swept at the next start.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cloud import Unsupported
from harness.localstack.host import HostProcess
from harness.localstack.install import guest_digest
from harness.localstack.ports import LOOPBACK, NotReady, is_ready
from harness.localstack.sweep import Hold, Session, begin, join, locked, sweep

if TYPE_CHECKING:
    from harness.localstack.container import Container

CONTAINER, HOST = "localstack", "localstack-host"
LOGS = Path(".harness") / "logs"
LAST_LINES = 10


@dataclass(frozen=True)
class Options:
    """The settings of a LocalStack. Users with the same options share one.

    `image`: only for containers; None is the default one. `environment`: LocalStack's own variables.
    """

    image: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """A LocalStack that runs: where it listens, where its functions find a gateway, and where its log is.

    `gateway_hosts`: the addresses of this machine on which a gateway must listen, so that the tests and the
    functions reach it. `container` is None in host mode, `process` in a container.
    """

    url: str
    gateway_hosts: tuple[str, ...]
    inside_host: str
    session: Session
    container: Container | None = None
    process: HostProcess | None = None

    def seen_from_inside(self, port: int) -> str:
        """The URL of a gateway on this machine, as functions inside LocalStack see it."""
        return f"http://{self.inside_host}:{port}"

    def close(self) -> None:
        """Let go of it; it goes on."""
        if self.container is not None:
            self.container.close()

    def logs(self) -> str:
        """The output of LocalStack."""
        if self.container is not None:
            return self.container.logs()
        log = self.session.log
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def ended(self) -> str:
        """How it has ended, with its last lines and the file of its log; "" while it runs."""
        if self.container is not None:
            how = self.container.ended()
        else:
            how = "" if self.process is None or self.process.alive() else "its process has ended"
        if not how:
            return ""
        last = "\n".join(self.logs().splitlines()[-LAST_LINES:])
        return f"{how}; its log: {self.keep_logs()}\n{last}"

    def keep_logs(self, folder: Path = LOGS) -> Path:
        """Write what it has printed to a file that stays, for somebody who looks into a failure."""
        return _keep(self.session, self.logs(), folder)


@contextmanager
def shared(kind: str, options: Options | None = None, *, exclusive: bool = False) -> Iterator[Running]:
    """A LocalStack that runs: `localstack` in a container, or `localstack-host` as a process.

    Started if none with these options runs for this user; stopped when nobody uses it any more. `exclusive`:
    one of its own, for tests that harm it. Its log is kept if the block is left by an error.

    Raises `Unsupported` where it can't be had, with what is missing; `NotReady` if it doesn't come up.
    """
    if kind not in (CONTAINER, HOST):
        raise Unsupported(f"{kind} is no LocalStack: {CONTAINER} and {HOST} are")
    options = options or Options()
    key = "" if exclusive else _key(kind, options)
    with _one_at_a_time(exclusive):
        hold, running = _joined(key) or _started(kind, options, key)
    try:
        yield running
    except Exception:
        running.keep_logs()
        raise
    finally:
        with _one_at_a_time(exclusive):
            _let_go(hold, running)


def _joined(key: str) -> tuple[Hold, Running] | None:
    """A part in one that runs already and still answers; others may hold on to one that died."""
    for session, hold in join(key) if key else ():
        try:
            running = _read(session)
        except BaseException:
            hold.close()
            raise
        if is_ready(running.url):
            return hold, running
        running.keep_logs()
        _let_go(hold, running)
    return None


def _started(kind: str, options: Options, key: str) -> tuple[Hold, Running]:
    sweep(_end)
    session, hold = begin()
    running = None
    try:
        running = _start(kind, options, session)
        if running.container is not None:
            running.container.is_shared = bool(key)
        session.write_state(_written(key, running))
    except BaseException as problem:
        if running is not None:
            _stop(running)
        kept = _keep(session, session.log.read_text(errors="replace")) if session.log.exists() else None
        session.remove()
        hold.close()
        if isinstance(problem, NotReady) and kept:
            raise NotReady(f"{problem}; its log: {kept}") from None
        raise
    return hold, running


def _start(kind: str, options: Options, session: Session) -> Running:
    if kind == HOST:
        from harness.localstack import host

        process = host.start(session.folder, session.users, options.environment, session.log)
        return _hosted(session, process)
    from harness.localstack import container, watcher

    watcher.start(session.folder, session.users)
    found = container.start(session, options.image, options.environment)
    try:
        return _contained(session, found)
    except BaseException:
        found.remove()
        raise


def _hosted(session: Session, process: HostProcess) -> Running:
    url = f"http://{LOOPBACK}:{process.port}"
    return Running(url, (LOOPBACK,), LOOPBACK, session, process=process)


def _contained(session: Session, found: Container) -> Running:
    from harness.localstack.container import addresses

    hosts, inside = addresses(found)
    return Running(found.url, hosts, inside, session, container=found)


def _let_go(hold: Hold, running: Running) -> None:
    """End a part in a session; the last one ends the session."""
    try:
        if hold.alone():
            _stop(running)
            running.session.remove()
    finally:
        running.close()
        hold.close()


def _stop(running: Running) -> None:
    if running.container is not None:
        running.container.remove()
    if running.process is not None:
        running.process.stop()


def _end(session: Session) -> None:
    """End what an abandoned session has left running."""
    state = session.state()
    if "process" in state:
        HostProcess(**state["process"]).stop()


def _written(key: str, running: Running) -> dict[str, object]:
    """As JSON, for those who join."""
    if running.process is not None:
        return {"key": key, "process": asdict(running.process)}
    found = running.container
    assert found is not None
    return {"key": key, "container": [found.id, found.network_id, found.port, found.host]}


def _read(session: Session) -> Running:
    state = session.state()
    if "process" in state:
        return _hosted(session, HostProcess(**state["process"]))
    from harness.localstack.container import attach

    return _contained(session, attach(*state["container"]))


def _key(kind: str, options: Options) -> str:
    """Those who ask for the same get the same."""
    wanted = [kind, options.image, sorted(options.environment.items()), guest_digest()]
    return hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:16]


def _one_at_a_time(exclusive: bool) -> AbstractContextManager[None]:
    """Nobody joins what is being stopped, and no two start what they could share."""
    return nullcontext() if exclusive else locked("shared")


def _keep(session: Session, text: str, folder: Path = LOGS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"localstack-{session.name}.log"
    path.write_text(text, encoding="utf-8")
    return path
