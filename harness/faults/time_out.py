"""An invocation whose time runs out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.decision import KillHow
from harness.faults.moments import AtMoment
from harness.plan import kind


@kind("time_out")
@dataclass(frozen=True)
class TimeOut(AtMoment):
    """The function's time runs out: it did its work up to some point, and hangs there until Lambda ends it.

    When: as for `crash`. All of the function's timeout passes meanwhile, so that a visibility timeout
    which is too short lapses. Lambda reports Sandbox.Timedout, "Task timed out after 3.00 seconds":
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
    Finds visibility timeouts shorter than six times the function's, and work repeated from the start.

    >>> chaos.inject(faults.time_out("Billing"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [run.outcome for run in app.function("Billing").invocations()]
    ['timeout', 'ok']
    """

    how: ClassVar[KillHow] = "timeout"
