"""Discrete events under virtual time: one agenda, one clock, one source of chance.

Every activity is a greenlet. It runs until it yields (`sleep`, `wait`); then the hub does what is due
next. The test is an activity, too: it is the greenlet in which the kernel was made.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, copy_context
from heapq import heappop, heappush
from random import Random
from typing import Any

from greenlet import getcurrent, greenlet

from harness.sim.skew import Skew

EPOCH = 1767225600.0
"""2026-01-01T00:00:00Z: every run begins here."""


LOOK_EVERY_STEPS = 4096
"""So many steps are made before somebody looks whether settling gets anywhere."""


class Killed(BaseException):
    """Thrown into an activity that must end now. Not an `Exception`: nothing should survive it."""


class Deadlock(RuntimeError):
    """Somebody waits for a thing that can't happen any more."""


class Timer:
    """Something to be done at a moment. Background timers don't keep a run from being settled."""

    __slots__ = ("_act", "_context", "background", "due", "name", "pending", "task")

    def __init__(
        self,
        due: float,
        act: Callable[[], object] | None,
        task: Task | None,
        background: bool,
        context: Context | None,
        name: str,
    ) -> None:
        self.due = due
        self.background = background
        self.name = name
        self.pending = True
        self.task = task
        self._act = act
        self._context = context

    def fire(self) -> None:
        """Do it, in the context in which it was planned."""
        assert self._act is not None
        if self._context is None:
            self._act()
        else:
            self._context.run(self._act)


class Signal:
    """Wakes everyone who waits for it. It remembers nothing: check the state, then wait, then check again."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[tuple[Kernel, Task]] = []

    def notify(self) -> None:
        """Wake all who wait now."""
        waiting, self._waiting = self._waiting, []
        for kernel, task in waiting:
            kernel._wake(task, True)

    def _forget(self, task: Task) -> None:
        self._waiting = [entry for entry in self._waiting if entry[1] is not task]


class Task:
    """An activity: a function in a greenlet of its own.

    `owner` is free for whoever spawned it; a task inherits the owner of the one that spawned it. `bare`: it
    runs no code but the cloud's, which needs no surroundings.
    """

    __slots__ = (
        "_greenlet",
        "_kernel",
        "_sleep",
        "_started",
        "_waits_for",
        "background",
        "bare",
        "done",
        "ended",
        "error",
        "name",
        "owner",
        "result",
        "skew",
    )

    def __init__(self, kernel: Kernel, name: str, glet: greenlet | None, owner: Any) -> None:
        self._kernel = kernel
        self._greenlet = glet
        self._sleep: Timer | None = None
        self._waits_for: Signal | None = None
        self._started = False
        self.name = name
        self.owner = owner
        self.background = False
        self.bare = False
        self.done = Signal()
        self.ended = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.skew: Skew | None = None

    def kill(self, error: BaseException | None = None) -> None:
        """End it at the point where it yielded, by throwing `error` (`Killed` if none) there."""
        self._kernel._kill(self, error or Killed(f"{self.name} was ended"))

    def join(self, timeout_seconds: float | None = None) -> bool:
        """Wait until it has ended. False: the time was up."""
        if not self.ended:
            self._kernel.wait(self.done, timeout_seconds)
        return self.ended


def uuid_text(chance: bytes) -> str:
    """The text of a UUID of version 4 made of 16 bytes, as `uuid.uuid4` makes it of `os.urandom`.

    >>> uuid_text(bytes(16))
    '00000000-0000-4000-8000-000000000000'
    """
    digits = chance.hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class _Unskewed:
    """Inside this block an activity goes by the right time, whatever its own clock says."""

    __slots__ = ("_skew", "_task")

    def __init__(self, task: Task) -> None:
        self._task = task

    def __enter__(self) -> None:
        self._skew, self._task.skew = self._task.skew, None

    def __exit__(self, *error: object) -> None:
        self._task.skew = self._skew


class Kernel:
    """Runs activities and timers in virtual time.

    >>> kernel = Kernel(seed=1)
    >>> seen = []
    >>> task = kernel.spawn("late", lambda: (kernel.sleep(30), seen.append("late")))
    >>> timer = kernel.call_at(kernel.now + 10, lambda: seen.append("early"))
    >>> kernel.settle(60), seen, kernel.elapsed
    (True, ['early', 'late'], 30.0)
    """

    def __init__(self, seed: int = 0) -> None:
        self.now = EPOCH
        self.seed = seed
        self._chances: dict[str, Random] = {}
        self.random = Random(seed)
        self.steps = 0
        self.switched: Callable[[Task], None] | None = None
        self._agenda: list[tuple[float, int, Timer]] = []
        self._sequence = 0
        self._foreground = 0
        self._settle_until: float | None = None
        self._look_at = 0
        self.gives_up: Callable[[], bool] = lambda: False
        self._failure: BaseException | None = None
        self._closed = False
        self._tasks: dict[Task, None] = {}
        self._hub = greenlet(self._loop)
        self.main = Task(self, "test", getcurrent(), None)
        self.main._started = True
        self.nobody = Task(self, "kernel", None, None)
        self.current = self.main

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the run began."""
        return self.now - EPOCH

    @property
    def inside(self) -> bool:
        """Is this code run by one of the kernel's activities?"""
        return not self._closed and getcurrent() is self.current._greenlet

    def chance(self, of: str) -> Random:
        """Chance for one thing, by name. What happens elsewhere doesn't change what it draws, so a path
        that a fault doesn't touch goes as it would without the fault."""
        try:
            return self._chances[of]
        except KeyError:
            chance = self._chances[of] = Random(f"{self.seed}/{of}")
            return chance

    def new_id(self, of: str = "") -> str:
        """A UUID from the seed. `of`: what it is for, if nothing that happens elsewhere may change it."""
        source = self.chance(of) if of else self.random
        return uuid_text(source.getrandbits(128).to_bytes(16))

    def call_at(
        self, due: float, act: Callable[[], object], *, background: bool = False, name: str = ""
    ) -> Timer:
        """Call `act` at `due` (epoch seconds; the past means now). It must not block."""
        return self._plan(Timer(max(due, self.now), act, None, background, copy_context(), name))

    def call_soon(self, act: Callable[[], object]) -> Timer:
        """Call `act` next, at this very moment of virtual time."""
        return self.call_at(self.now, act)

    def cancel(self, timer: Timer | None) -> None:
        """The timer will not fire. Nothing happens if it has fired, or is None."""
        if timer is not None and timer.pending:
            timer.pending = False
            if not timer.background:
                self._foreground -= 1

    def spawn(
        self, name: str, run: Callable[[], object], *, background: bool = False, bare: bool = False
    ) -> Task:
        """Start an activity at this moment of virtual time; the caller goes on first."""
        task = Task(self, name, None, self.current.owner)
        task._greenlet = greenlet(lambda _: self._live(task, run), self._hub)
        task._greenlet.gr_context = copy_context()
        task.background = background
        task.bare = bare
        task.skew = self.current.skew
        self._tasks[task] = None
        task._sleep = self._plan(Timer(self.now, None, task, background, None, name))
        return task

    def sleep(self, seconds: float) -> None:
        """Let others act for so long."""
        task = self._yielding()
        due = self.now + seconds if seconds > 0.0 else self.now
        if self._nothing_before(due, task):
            self.now = due
            self.steps += 1
            if self.switched is not None:
                self.switched(task)
            return
        task._sleep = self._plan(Timer(due, None, task, task.background, None, task.name))
        self._hub.switch()

    def stand_still(self, seconds: float) -> None:
        """So much time passes, and nobody acts: what was due meanwhile comes next, in its order."""
        self.now += seconds

    def _nothing_before(self, due: float, task: Task) -> bool:
        """Is there nothing for anybody to do until `task` goes on at `due`? Then it needn't stop."""
        until = self._settle_until
        if until is not None and (task.background or due > until or self.steps >= self._look_at):
            return False
        agenda = self._agenda
        while agenda and not agenda[0][2].pending:
            heappop(agenda)
        return (not agenda or due < agenda[0][0]) and self._failure is None

    def wait(self, signal: Signal, timeout_seconds: float | None = None) -> bool:
        """Wait for a signal. False: the time was up first.

        Without a timeout it doesn't keep a run from being settled. Raises `Deadlock` in the test if
        nothing is left that could give the signal.
        """
        task = self._yielding()
        if timeout_seconds is not None:
            due = self.now + max(timeout_seconds, 0.0)
            task._sleep = self._plan(Timer(due, None, task, task.background, None, task.name))
        task._waits_for = signal
        signal._waiting.append((self, task))
        return bool(self._hub.switch())

    def settle(self, within_seconds: float) -> bool:
        """Run until no foreground timer is left. False: some were, when the time was up.

        Only the test can ask for it. `gives_up` is asked now and then whether to go on.
        """
        task = self._yielding()
        assert task is self.main, "only the test waits for a run to settle"
        self._settle_until = self.now + within_seconds
        self._look_at = self.steps + LOOK_EVERY_STEPS
        try:
            return bool(self._hub.switch())
        finally:
            self._settle_until = None

    def moving(self) -> list[str]:
        """Names of what keeps the run from being settled, soonest first."""
        return [t.name for _, _, t in sorted(self._agenda) if t.pending and not t.background]

    @property
    def closed(self) -> bool:
        """Has it been closed?"""
        return self._closed

    def close(self) -> None:
        """End every activity. The kernel can't be used afterwards."""
        self._closed = True
        for task in list(self._tasks):
            if task._started and task._greenlet is not None and not task._greenlet.dead:
                self.current = task
                self._tell_switch(task)
                task._greenlet.parent = getcurrent()
                task._greenlet.throw(Killed("the run is over"))
        self._tasks.clear()
        self._agenda.clear()
        self._hub.parent = getcurrent()
        self._hub.throw()  # a suspended greenlet would keep all of the run in memory
        self.current = self.main
        self._tell_switch(self.main)

    def unskewed(self) -> _Unskewed:
        """The current activity goes by the right time inside this block, whatever its own clock says."""
        return _Unskewed(self.current)

    def _plan(self, timer: Timer) -> Timer:
        self._sequence += 1
        heappush(self._agenda, (timer.due, self._sequence, timer))
        if not timer.background:
            self._foreground += 1
        return timer

    def _yielding(self) -> Task:
        if self._closed:
            raise Killed("the run is over")
        task = self.current
        if getcurrent() is not task._greenlet:
            raise RuntimeError("only an activity of the run can wait; this code runs beside it")
        return task

    def _wake(self, task: Task, value: object) -> None:
        """Make a sleeping or waiting task the next to run."""
        self.cancel(task._sleep)
        task._waits_for = None
        timer = Timer(self.now, lambda: self._resume(task, value), None, task.background, None, task.name)
        task._sleep = self._plan(timer)

    def _kill(self, task: Task, error: BaseException) -> None:
        if task.ended:
            return
        if task is self.current:
            raise error
        if task._waits_for is not None:
            task._waits_for._forget(task)
        self.cancel(task._sleep)
        task._waits_for = None
        if not task._started:
            self._end(task, error=error)
            return
        timer = Timer(self.now, lambda: self._resume(task, error, throw=True), None, False, None, task.name)
        task._sleep = self._plan(timer)

    def _live(self, task: Task, run: Callable[[], object]) -> None:
        try:
            result = run()
        except Killed as error:
            self._end(task, error=error)
        except BaseException as error:
            self._failure = self._failure or error
            self._end(task, error=error)
        else:
            self._end(task, result=result)

    def _end(self, task: Task, *, result: Any = None, error: BaseException | None = None) -> None:
        task.result, task.error, task.ended = result, error, True
        self._tasks.pop(task, None)
        if not self._closed:
            task.done.notify()

    def _resume(self, task: Task, value: object, *, throw: bool = False) -> None:
        if task.ended:
            return
        task._sleep = None
        task._started = True
        self.current = task
        self._tell_switch(task)
        assert task._greenlet is not None
        if throw:
            task._greenlet.throw(value)
        else:
            task._greenlet.switch(value)

    def _act_as_nobody(self) -> None:
        """A timer acts for no activity: no owner and no skew are passed on from there."""
        if self.current is not self.nobody:
            self.current = self.nobody
            self._tell_switch(self.nobody)

    def _tell_switch(self, task: Task) -> None:
        if self.switched is not None:
            self.switched(task)

    def _loop(self) -> None:
        """The hub: does what is due next, for ever."""
        while True:
            if self._failure is not None:
                failure, self._failure = self._failure, None
                self._resume_main(failure)
            elif self._settle_until is not None and self._is_settled():
                self._resume(self.main, self._foreground == 0)
            elif not self._step():
                self._resume_main(Deadlock(self._stuck()))

    def _is_settled(self) -> bool:
        assert self._settle_until is not None
        if self._foreground == 0:
            return True
        if self.steps >= self._look_at:
            self._look_at = self.steps + LOOK_EVERY_STEPS
            if self.gives_up():
                return True
        if self.next_due() > self._settle_until:
            self.now = max(self.now, self._settle_until)
            return True
        return False

    def next_due(self) -> float:
        """The time (epoch seconds) of what is planned next; infinity if nothing is."""
        while self._agenda and not self._agenda[0][2].pending:
            heappop(self._agenda)
        return self._agenda[0][0] if self._agenda else float("inf")

    def _step(self) -> bool:
        """Do what is due next. False: nothing is planned any more."""
        while self._agenda:
            due, _, timer = heappop(self._agenda)
            if not timer.pending:
                continue
            timer.pending = False
            if not timer.background:
                self._foreground -= 1
            if due > self.now:  # what was due while the cloud stood still is late
                self.now = due
            self.steps += 1
            task = timer.task
            if task is None:
                if timer._context is not None:
                    self._act_as_nobody()
                timer.fire()
            else:
                if task._waits_for is not None:
                    task._waits_for._forget(task)
                    task._waits_for = None
                self._resume(task, False)
            return True
        return False

    def _resume_main(self, error: BaseException) -> None:
        if self.main._waits_for is not None:
            self.main._waits_for._forget(self.main)
            self.main._waits_for = None
        self.cancel(self.main._sleep)
        self._resume(self.main, error, throw=True)

    def _stuck(self) -> str:
        parked = ", ".join(task.name for task in self._tasks if task._waits_for is not None) or "nobody"
        return f"the test waits for something that can't happen any more; also waiting: {parked}"
