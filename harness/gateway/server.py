"""Starts the gateway: a thread, a loop, sockets on the given hosts, and both doors behind them."""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from types import TracebackType

from harness.cloud import Sent
from harness.faults.active import ActivePlan, Hit
from harness.gateway.calls import CallDoor
from harness.gateway.clock import RunClock
from harness.gateway.guest import Guest
from harness.gateway.hops import HopDoor
from harness.gateway.http import Answer, Incoming, Reply, Upstream, serve
from harness.gateway.memory import Memory
from harness.history import Recorder
from harness.history.places import Names

_TRIES = 20


class Gateway:
    """A gateway in front of the emulator at `emulator_url`; it listens from when it is made until `close`.

    `account` is the run's AWS account; `plan`, `recorder`, `names` and `clock` are the run's own, and may be
    used by other threads meanwhile. It listens on each of `hosts`, everywhere on the same port. `guest_url`:
    where the guest inside of the emulator takes orders; None: there is no guest, then nobody can use the
    door for hops. `told_of`: services of which it tells what becomes of messages. `trusted`: the certificates
    of an emulator that speaks https. `stop` does what a fault of the whole cloud says, in a thread of its
    own. Raises `OSError` if it can't listen there.
    """

    def __init__(
        self,
        emulator_url: str,
        *,
        account: str,
        plan: ActivePlan,
        recorder: Recorder,
        names: Names,
        clock: RunClock,
        hosts: Sequence[str] = ("127.0.0.1",),
        guest_url: str | None = None,
        told_of: Collection[str] = (),
        trusted: ssl.SSLContext | None = None,
        stop: Callable[[Hit], object] | None = None,
    ) -> None:
        self.token = secrets.token_hex(16)
        self._clock = clock
        self._recorder = recorder
        self._memory = Memory(recorder, names, clock, account, stop=stop)
        self._upstream = Upstream(emulator_url, trusted)
        self._guest = Guest(guest_url)
        services = None if guest_url is None else told_of
        self._calls = CallDoor(self._memory, plan, self._upstream, self._guest, services)
        self._hops = HopDoor(self._memory, plan, self.token if guest_url else None)
        self._closed = False
        self._stop = asyncio.Event()
        with ExitStack() as undo:
            self._sockets = listening_sockets(hosts)
            for one in self._sockets:
                undo.callback(one.close)
            self.port: int = self._sockets[0].getsockname()[1]
            self.url = f"http://{hosts[0]}:{self.port}"
            self._loop = asyncio.new_event_loop()
            undo.callback(self._loop.close)
            self._thread = threading.Thread(target=self._live, name=f"gateway {self.port}", daemon=True)
            started = threading.Event()
            self._loop.call_soon(started.set)
            self._thread.start()
            undo.pop_all()
        started.wait()

    def __enter__(self) -> Gateway:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening, drop what is under way, end the thread. More than once does no harm."""
        if self._closed:
            return
        self._closed = True
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    @property
    def outbox(self) -> list[Sent]:
        """Messages that left the cloud, as the guest reported them, in order."""
        return list(self._memory.outbox)

    @property
    def activity(self) -> int:
        """Grows with everything that passes or is recorded."""
        return self._memory.activity + len(self._recorder)

    @property
    def untold(self) -> list[str]:
        """Reports that the guest failed to deliver, a sentence each: the history is incomplete then."""
        return list(self._memory.untold)

    def know(self, app: str, physical: str, service: str, region: str) -> None:
        """Calls whose SDK gives this id of an app are those of a function, by what its service calls it."""
        self._memory.apps[app] = (physical, service, region)

    def busy(self) -> list[tuple[str, float | None]]:
        """Work in progress: its name, and the seconds until it goes on; None: it goes on right now.

        Calls of the test aren't in here, nor calls that only wait for something else that shows:
        ReceiveMessage for messages, Invoke for its function.
        """
        now = self._clock.elapsed()
        return [
            (what, None if due is None else max(due - now, 0.0)) for what, due in self._memory.under_way()
        ]

    def held_environments(self) -> dict[str, float]:
        """Execution environments that only wait for a call which a fault holds: for how many seconds yet."""
        now = self._clock.elapsed()
        return {id_: max(due - now, 0.0) for id_, due in self._memory.held_environments().items()}

    def forget_work(self) -> None:
        """Whatever went on inside of the emulator is gone, and nobody will tell of it. From any other thread
        than the gateway's own."""

        async def forget() -> None:
            self._memory.forget_work()
            self._hops.forget_work()

        asyncio.run_coroutine_threadsafe(forget(), self._loop).result()

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await serve(reader, writer, self._handle)

        listening = [await asyncio.start_server(connected, sock=one) for one in self._sockets]
        await self._stop.wait()
        for one in listening:
            one.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self._upstream.close()
        self._guest.close()
        await asyncio.sleep(0)  # the loop closes the sockets

    async def _handle(self, incoming: Incoming) -> Answer | Reply:
        if incoming.target.startswith("/_harness/"):
            return await self._hops.handle(incoming)
        return await self._calls.handle(incoming)


def listening_sockets(hosts: Sequence[str]) -> list[socket.socket]:
    """A socket for each host, all on the same free port. Raises `OSError` if there is none."""
    for attempt in range(_TRIES):
        with ExitStack() as undo:
            found: list[socket.socket] = []
            port = 0
            try:
                for host in hosts:
                    family = socket.AF_INET6 if ":" in host else socket.AF_INET
                    one = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
                    one.bind((host, port))
                    port = one.getsockname()[1]
                    found.append(one)
            except OSError:
                if not found or attempt == _TRIES - 1:
                    raise
                continue
            for one in found:
                one.listen(128)
                one.setblocking(False)
            undo.pop_all()
            return found
    raise AssertionError("unreachable")
