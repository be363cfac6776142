"""Faults that decide what a test wants."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from harness.faults.decision import PASSED, Decision
from harness.faults.places import OnCall, OnHop, OnInvocation


@dataclass(frozen=True)
class CallDecided(OnCall):
    _: KW_ONLY
    decision: Decision = PASSED
    kind: ClassVar[str] = "test"

    def decide(self, call):
        return self.decision


@dataclass(frozen=True)
class HopDecided(OnHop):
    _: KW_ONLY
    decision: Decision = PASSED
    kind: ClassVar[str] = "test"

    def decide(self, hop):
        return self.decision


@dataclass(frozen=True)
class InvocationDecided(OnInvocation):
    _: KW_ONLY
    decision: Decision = PASSED
    kind: ClassVar[str] = "test"

    def decide(self, invocation):
        return self.decision
