"""Every accepted message came to an end that somebody can account for."""

from __future__ import annotations

from collections.abc import Sequence

from harness.history import History
from harness.history.copies import Fate, Path
from harness.history.ledger import Ledger
from harness.history.timeline import name_of
from harness.invariants.rest import effects_may_come, unrest
from harness.invariants.verdict import Verdict, broken, holds, unknown

NAME = "nothing_lost"
STUCK = "stuck"
"""The class of evidence where executions wait for an answer, and nothing moves that could give it."""


def nothing_lost(history: History, *, control_ended: bool = False) -> Verdict:
    """Each accepted message, at each place that it was meant for, was applied, dead-lettered, filtered out or
    purged, or waits in a queue while the run is at rest. O(n).

    Lost: dropped without a dead-letter queue, deleted before it was handled or with its queue, purged by a
    function, expired, taken for the copy of a different message, published to nobody, or reported as failed
    to a mapping that doesn't read reports; that is certain also while the run goes on. Unknown: the run isn't
    at rest, a handler hung, a function deleted a message itself and failed after it had begun its work, one
    is still under way though nothing moves or went out of sight, or nothing was accepted.

    An execution that waits for an answer while nothing moves is unknown, too. If all of them ended in the
    control run (`control_ended`), and no dead letter is there that the answer could come of, it broke.
    """
    ledger = Ledger(history)
    paths = list(ledger.paths())
    lost, expired = ledger.of(Fate.LOST), ledger.of(Fate.EXPIRED)
    if lost or expired:
        return broken(
            NAME,
            "lost" if lost else "expired",
            f"{len(lost) + len(expired)} of {len(paths)} lost",
            _told([*lost, *expired]),
            [path.best for path in [*lost, *expired]],
            len(paths),
        )
    if not ledger.accepted:
        return unknown(NAME, "no message was accepted, so there was nothing to lose")
    why = unrest(history, ledger)
    if why:
        waiting = ledger.of(Fate.WAITING)
        told, copies = _told(waiting), [path.best for path in waiting]
        stuck = bool(ledger.hung()) and not effects_may_come(history, ledger)
        if stuck and control_ended and not ledger.dead_letters():
            return broken(NAME, STUCK, f"{why}; without faults it ended", told, copies, len(paths))
        return unknown(NAME, why, told, copies, STUCK if stuck else "unknown")
    doubtful = [path for path in paths if path.doubt]
    if doubtful:
        return unknown(NAME, doubtful[0].doubt, _told(doubtful), [path.best for path in doubtful])
    left = ledger.of(Fate.LEFT)
    if left:
        why = f"{len(left)} of {len(paths)} went where nobody sees what becomes of them: {left[0].why}"
        return unknown(NAME, why, _told(left), [path.best for path in left])
    stray = [path for path in ledger.of(Fate.WAITING) if _is_stray(ledger, path)]
    if stray:
        why = f"{len(stray)} of {len(paths)} neither arrived nor failed for good, and nothing moves any more"
        return unknown(NAME, why, _told(stray), [path.best for path in stray])
    return holds(NAME, len(paths))


def _is_stray(ledger: Ledger, path: Path) -> bool:
    """It is in no queue where it could wait: on its way from a topic, or before a function."""
    return path.best.on_its_way or path.best.place in ledger.functions


def _told(paths: Sequence[Path]) -> list[str]:
    return [f"{name_of(path.message)} at {_where(path)}: {path.why or path.fate}" for path in paths]


def _where(path: Path) -> str:
    """The place that it was meant for, and the one where it ended as a dead letter."""
    return f"{path.place}, in {path.best.place}" if path.best.dead_letter else path.place
