"""Faults of the container: it stands still, is started anew, or is killed.

While it is stopped nobody asks the guest inside: whoever wants to waits for `lock`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from harness.faults.active import Hit
from harness.gateway.clock import RunClock
from harness.history import Recorder
from harness.history.copies import Copy, Fate
from harness.history.ledger import Ledger
from harness.localstack.container import Container
from harness.localstack.control import Control

GRACE_SECONDS = 2
"""So long a container may take to stop in order."""


class Stops:
    """The stops of one run's container. `real_time`: they take as long as the plan says; else that time is
    skipped, as nothing happens in it. `forget`: called when all that goes on inside is gone. `lost`: why the
    container doesn't hold any more what it had accepted.
    """

    def __init__(
        self,
        container: Container,
        control: Control,
        clock: RunClock,
        recorder: Recorder,
        forget: Callable[[], object],
        *,
        real_time: bool = False,
    ) -> None:
        self.lock = threading.RLock()
        self.lost = ""
        self._container = container
        self._control = control
        self._clock = clock
        self._recorder = recorder
        self._forget = forget
        self._real_time = real_time

    def act(self, hit: Hit) -> None:
        """Do as a fault says; returns when the container is back. Not on a gateway's own thread."""
        how, seconds = hit.decision.stops, hit.decision.seconds
        with self.lock:
            hit.acted()
            if how in ("pause", "restart"):
                if how == "restart":
                    self._control.kill_functions()
                self._stand_still(seconds)
            else:
                self._start_anew(seconds, in_order=how == "restart-empty")

    def _stand_still(self, seconds: float) -> None:
        self._container.pause()
        try:
            skipped = self._pass(seconds)
        finally:
            self._container.unpause()
        if skipped:
            self._control.skip(skipped)

    def _start_anew(self, seconds: float, *, in_order: bool) -> None:
        if in_order:
            self._container.stop(GRACE_SECONDS)
        else:
            self._container.kill()
        self.lost = f"the container was {'restarted' if in_order else 'killed'}, and kept nothing"
        self._forget()
        self._record_lost(self.lost)
        skipped = self._pass(seconds)
        self._container.start()
        self._control.begin_again()
        if skipped:
            self._control.skip(skipped)

    def _pass(self, seconds: float) -> float:
        """Let so much time pass. Gives how much of it was skipped."""
        if self._real_time:
            time.sleep(seconds)
            return 0.0
        self._clock.skip(seconds)
        return seconds

    def _record_lost(self, why: str) -> None:
        """What ran has died, and what waited is lost."""
        recorder = self._recorder
        history = recorder.history()
        ledger, cause = Ledger(history), history.of("fault")[-1]
        for run in history.fold.invocations.values():
            if run.ended is None:
                recorder.invocation_ended(run.event, "crash", error=why)
        waiting = (copy for path in ledger.paths() for copy in path.leaves() if copy.fate is Fate.WAITING)
        for place, message, target in dict.fromkeys(map(_whereabouts, waiting)):
            recorder.dropped(place, (message,), reason=why, target=target, cause=cause, actor="plan")


def _whereabouts(copy: Copy) -> tuple[str, str, str]:
    """The place and the id there; if it was on its way, where to."""
    if copy.on_its_way and copy.parent is not None:
        return copy.parent.place, copy.parent.id, copy.place
    return copy.place, copy.id, ""
