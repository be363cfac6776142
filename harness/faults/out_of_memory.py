"""An invocation that runs out of memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.decision import KillHow
from harness.faults.moments import AtMoment
from harness.plan import kind


@kind("out_of_memory")
@dataclass(frozen=True)
class OutOfMemory(AtMoment):
    """The function exceeds its memory and is killed: no `except`, no `finally` gets to run.

    When: as for `crash`. Lambda reports Runtime.ExitError, "signal: killed":
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
    Finds clean-up that relies on `finally`, and batches that always fail because of one large message.

    >>> chaos.inject(faults.out_of_memory("Billing"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [run.outcome for run in app.function("Billing").invocations()]
    ['oom', 'ok']
    """

    how: ClassVar[KillHow] = "oom"
