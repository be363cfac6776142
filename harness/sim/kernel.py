"""Discrete events under virtual time: one agenda, one clock, one source of chance.

Every activity is a greenlet. It runs until it yields (`sleep`, `wait`); then the hub does what is due
next. The test is an activity, too: it is the greenlet in which the kernel was made.
"""

from __future__ import annotations

import _thread
from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from random import Random
from typing import Any, NoReturn

from greenlet import getcurrent, greenlet

from harness.sim.activities import Deadlock, Killed, Signal, Task, Timer
from harness.sim.chance import random_of, uuid_text

EPOCH = 1767225600.0
"""2026-01-01T00:00:00Z: every run begins here."""

LOOK_EVERY_STEPS = 4096
"""Steps between two questions whether to go on settling."""

Entry = tuple[float, int, Timer | Task]
"""When it is due, its number, and a timer or task, which is planned while it has this number."""

_of_thread = _thread._local()
"""In `free`: idle greenlets, for the activities of any kernel."""


def _work(first: list[Task]) -> None:
    """Live one activity after the other, of this run and of those that follow: a new greenlet maps memory for
    its frames, and a dead one unmaps it, which takes as long as 30 switches.

    A greenlet holds its arguments as long as it lives, so the first activity is taken out of them.
    """
    this, task = getcurrent(), first.pop()
    while True:
        kernel = task._kernel
        kernel._live(task)
        del task
        kernel._free.append(this)
        hub = kernel._hub
        del kernel
        task = hub.switch()


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
        self._agenda: list[Entry] = []
        self._sequence = 0
        self._moving = 0
        self._settle_until: float | None = None
        self._look_at = 0
        self.gives_up: Callable[[], bool] = lambda: False
        self._failure: BaseException | None = None
        self.closed = False
        self._tasks: dict[Task, None] = {}
        self._hub = greenlet(self._loop)
        self._free: list[greenlet] = vars(_of_thread).setdefault("free", [])
        self.main = Task(self, "test", None)
        self.main._greenlet = getcurrent()
        self.nobody = Task(self, "kernel", None)
        self.current = self.main

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the run began."""
        return self.now - EPOCH

    @property
    def inside(self) -> bool:
        """Is this code run by one of the kernel's activities?"""
        return getcurrent() is self.current._greenlet and not self.closed

    def chance(self, of: str) -> Random:
        """Chance for one thing, by name. What happens elsewhere doesn't change what it draws, so a path
        that a fault doesn't touch goes as it would without the fault."""
        try:
            return self._chances[of]
        except KeyError:
            chance = self._chances[of] = random_of(f"{self.seed}/{of}")
            return chance

    def new_id(self, of: str = "") -> str:
        """A UUID from the seed. `of`: what it is for, if nothing that happens elsewhere may change it."""
        source = self.chance(of) if of else self.random
        return uuid_text(source.getrandbits(128).to_bytes(16))

    def call_at(
        self, due: float, act: Callable[[], object], *, background: bool = False, name: str = ""
    ) -> Timer:
        """Call `act` at `due` (epoch seconds; the past means now). `act` must not block."""
        timer = Timer(max(due, self.now), act, background, name)
        self._plan(timer, timer.due, not background)
        return timer

    def call_soon(self, act: Callable[[], object]) -> Timer:
        """Call `act` next, at this very moment of virtual time."""
        return self.call_at(self.now, act)

    def cancel(self, planned: Timer | Task | None) -> None:
        """It will not come. Nothing happens if it has, or is None."""
        if planned is not None and planned.planned:
            planned.planned = 0
            if planned._moves:
                self._moving -= 1

    def spawn(
        self, name: str, run: Callable[[], object], *, background: bool = False, bare: bool = False
    ) -> Task:
        """Start an activity at this moment of virtual time; the caller goes on first."""
        task = Task(self, name, self.current.owner, run)
        task.background = background
        task.bare = bare
        task.skew = self.current.skew
        self._tasks[task] = None
        self._plan(task, self.now, not background)
        return task

    def sleep(self, seconds: float) -> None:
        """Let others act for this time. The task runs on at once if nothing else is due until then."""
        task = self.current
        if self.closed or getcurrent() is not task._greenlet:
            self._refuse_to_wait()
        due = self.now + seconds if seconds > 0.0 else self.now
        agenda, until = self._agenda, self._settle_until
        while agenda and agenda[0][2].planned != agenda[0][1]:
            heappop(agenda)
        if (
            (not agenda or due < agenda[0][0])
            and (until is None or (due <= until and not task.background and self.steps < self._look_at))
            and self._failure is None
        ):
            self.now = due
            self.steps += 1
            if self.switched is not None:
                self.switched(task)
        else:
            self._plan(task, due, not task.background)
            self._hub.switch()

    def stand_still(self, seconds: float) -> None:
        """Let time pass without any activity. Overdue entries come next, in their order."""
        self.now += seconds

    def wait(self, signal: Signal, timeout_seconds: float | None = None) -> bool:
        """Wait for a signal. False: the time was up first.

        Without a timeout it doesn't keep a run from being settled. Raises `Deadlock` in the test if
        nothing is left that could give the signal.
        """
        task = self.current
        if self.closed or getcurrent() is not task._greenlet:
            self._refuse_to_wait()
        if timeout_seconds is not None:
            self._plan(task, self.now + max(timeout_seconds, 0.0), not task.background)
        task._waits_for = signal
        signal._waiting.append((self, task))
        return bool(self._hub.switch())

    def look_now(self) -> None:
        """Ask `gives_up` before the next step."""
        self._look_at = self.steps

    def settle(self, within_seconds: float) -> bool:
        """Run until no foreground timer is left. False: some were, when the time was up.

        Only the test can ask for it. `gives_up` decides now and then whether to stop early.
        """
        if self.closed or getcurrent() is not self.current._greenlet:
            self._refuse_to_wait()
        assert self.current is self.main, "only the test waits for a run to settle"
        self._settle_until = self.now + within_seconds
        self._look_at = self.steps + LOOK_EVERY_STEPS
        try:
            return bool(self._hub.switch())
        finally:
            self._settle_until = None

    def moving(self) -> list[str]:
        """Names of what keeps the run from being settled, soonest first."""
        return [
            what.name for _, number, what in sorted(self._agenda) if what.planned == number and what._moves
        ]

    def close(self) -> None:
        """End every activity. The kernel can't be used afterwards."""
        if self.closed:
            return
        self.closed = True
        self._hub.parent = getcurrent()
        self._hub.throw()  # a suspended greenlet would keep all of the run in memory
        self._hub = getcurrent()
        for task in list(self._tasks):
            if task._greenlet is not None and not task.ended:
                self.current = task
                self._tell_switch(task)
                task._greenlet.parent = getcurrent()
                task._greenlet.throw(Killed("the run is over"))
        self._tasks.clear()
        self._agenda.clear()
        for free in self._free:
            free.gr_context = None
        self.current = self.main
        self._tell_switch(self.main)

    def _plan(self, what: Timer | Task, due: float, moves: bool) -> None:
        """Plan it. `moves`: the run isn't settled before."""
        self._sequence = what.planned = number = self._sequence + 1
        heappush(self._agenda, (due, number, what))
        what._moves = moves
        if moves:
            self._moving += 1

    def _refuse_to_wait(self) -> NoReturn:
        if self.closed:
            raise Killed("the run is over")
        raise RuntimeError("only an activity of the run can wait; this code runs beside it")

    def _wake(self, task: Task) -> None:
        """Somebody has given the signal that a task waits for: it is the next to run."""
        self.cancel(task)
        task._waits_for = None
        task._woken = True
        self._plan(task, self.now, not task.background)

    def _kill(self, task: Task, error: BaseException) -> None:
        if task.ended:
            return
        if task is self.current:
            raise error
        self._stop_waiting(task)
        if task._greenlet is None:
            self._end(task, error=error)
            return
        task._error = error
        self._plan(task, self.now, True)

    def _stop_waiting(self, task: Task) -> None:
        """Neither time nor a signal lets it go on any more."""
        if task._waits_for is not None:
            task._waits_for._forget(task)
            task._waits_for = None
        task._woken = False
        self.cancel(task)

    def _live(self, task: Task) -> None:
        run, task._run = task._run, None
        assert run is not None
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
        if task._done is not None and not self.closed:
            task._done.notify()

    def _resume(self, task: Task, value: object) -> None:
        """Let it go on: with its error, if it has one, else with the value."""
        if task.ended:
            return
        self.current = task
        if self.switched is not None:
            self.switched(task)
        if task._greenlet is None:
            is_new = not self._free
            task._greenlet = greenlet(_work) if is_new else self._free.pop()
            task._greenlet.parent = self._hub
            task._greenlet.gr_context = task._context
            task._greenlet.switch([task] if is_new else task)
        elif task._error is None:
            task._greenlet.switch(value)
        else:
            error, task._error = task._error, None
            task._greenlet.throw(error)

    def _tell_switch(self, task: Task) -> None:
        if self.switched is not None:
            self.switched(task)

    def _loop(self) -> None:
        """The hub: does what is due next, for ever."""
        agenda = self._agenda
        while True:
            while agenda and agenda[0][2].planned != agenda[0][1]:
                heappop(agenda)
            until = self._settle_until
            if self._failure is not None:
                failure, self._failure = self._failure, None
                self._throw_into_main(failure)
            elif until is not None and self._is_settled(until, agenda[0][0] if agenda else inf):
                self._resume(self.main, self._moving == 0)
            elif agenda:
                self._do(*heappop(agenda))
            else:
                self._throw_into_main(Deadlock(self._stuck()))

    def _is_settled(self, until: float, next_due: float) -> bool:
        if self._moving == 0:
            return True
        if self.steps >= self._look_at:
            self._look_at = self.steps + LOOK_EVERY_STEPS
            if self.gives_up():
                return True
        if next_due > until:
            self.now = max(self.now, until)
            return True
        return False

    def next_due(self) -> float:
        """The time (epoch seconds) of what is planned next; infinity if nothing is."""
        agenda = self._agenda
        while agenda and agenda[0][2].planned != agenda[0][1]:
            heappop(agenda)
        return agenda[0][0] if agenda else inf

    def _do(self, due: float, _: int, what: Timer | Task) -> None:
        """Do what is due next."""
        what.planned = 0
        if what._moves:
            self._moving -= 1
        if due > self.now:  # what was due while the cloud stood still is late
            self.now = due
        self.steps += 1
        if type(what) is Timer:
            if self.current is not self.nobody:  # no owner and no skew are passed on from there
                self.current = self.nobody
                self._tell_switch(self.nobody)
            what._context.run(what._act)
            return
        assert type(what) is Task
        if what._waits_for is not None:
            what._waits_for._forget(what)
            what._waits_for = None
        woken, what._woken = what._woken, False
        self._resume(what, woken)

    def _throw_into_main(self, error: BaseException) -> None:
        self._stop_waiting(self.main)
        self.main._error = error
        self._resume(self.main, None)

    def _stuck(self) -> str:
        parked = ", ".join(task.name for task in self._tasks if task._waits_for is not None) or "nobody"
        return f"the test waits for something that can't happen any more; also waiting: {parked}"
