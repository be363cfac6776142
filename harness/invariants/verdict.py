"""Verdicts: holds, broken or unknown, with evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from harness.history.copies import Copy

Value = Literal["holds", "broken", "unknown"]
_WORST_FIRST: tuple[Value, ...] = ("broken", "unknown", "holds")
SHOWN = 5
IDLE = "idle"


@dataclass(frozen=True)
class Verdict:
    """One invariant's verdict.

    `kind` is the class of evidence ("lost", "duplicated", …): two failures are the same only if it is.
    `evidence` is one line a finding; `copies` are those concerned, the worst first; `checked` counts what was
    judged.
    """

    value: Value
    invariant: str
    why: str = ""
    kind: str = ""
    evidence: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    checked: int = 0

    def __str__(self) -> str:
        lines = [f"{self.invariant}: {self.value}" + (f": {self.why}" if self.why else "")]
        lines += [f"  {line}" for line in self.evidence[:SHOWN]]
        if len(self.evidence) > SHOWN:
            lines.append(f"  … and {len(self.evidence) - SHOWN} more")
        return "\n".join(lines)

    def to_data(self) -> dict[str, Any]:
        """As plain data, all of its evidence included."""
        members = {"invariant": self.invariant, "verdict": self.value, "why": self.why, "kind": self.kind}
        return members | {"evidence": list(self.evidence), "checked": self.checked}

    def named(self, invariant: str) -> Verdict:
        """The same under another name."""
        return replace(self, invariant=invariant)


def holds(invariant: str, checked: int, why: str = "") -> Verdict:
    """It held for everything that was checked."""
    return Verdict("holds", invariant, why or f"{checked} checked", checked=checked)


def idle(invariant: str, why: str) -> Verdict:
    """It holds, as there was nothing to check; the user may not have meant that."""
    return Verdict("holds", invariant, why, IDLE)


def broken(
    invariant: str,
    kind: str,
    why: str,
    evidence: Iterable[str] = (),
    copies: Iterable[Copy] = (),
    checked: int = 0,
) -> Verdict:
    """It is certain that it didn't hold."""
    return Verdict("broken", invariant, why, kind, tuple(evidence), tuple(copies), checked)


def unknown(
    invariant: str,
    why: str,
    evidence: Iterable[str] = (),
    copies: Iterable[Copy] = (),
    kind: str = "unknown",
) -> Verdict:
    """Nobody can say; never taken for passed."""
    return Verdict("unknown", invariant, why, kind, tuple(evidence), tuple(copies))


def worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The worst of them; None of none."""
    return min(verdicts, key=lambda verdict: _WORST_FIRST.index(verdict.value), default=None)
