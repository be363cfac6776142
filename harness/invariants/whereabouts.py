"""The whereabouts of messages that left no effect, and hints for a narrower claim."""

from __future__ import annotations

from collections.abc import Sequence

from harness.history.copies import Accepted, Fate, Path
from harness.invariants.feeding import Feeding

SHOWN = 3


def whereabouts(feeding: Feeding, messages: Sequence[Accepted]) -> list[str]:
    """The ends of these messages, place by place, the worst first; at most a few."""
    paths = [path for message in messages for path in feeding.paths(message)]
    paths.sort(key=lambda path: path.fate is Fate.APPLIED)
    return list(dict.fromkeys(_told(path) for path in paths))[:SHOWN]


def _told(path: Path) -> str:
    if path.fate is Fate.WAITING:
        waits = "is on its way to" if path.best.on_its_way else "waits in"
        return f"it {waits} {path.place}"
    if path.fate is Fate.DEAD_LETTERED:
        handled = path.best.fate is Fate.APPLIED
        return f"{'its dead letter was handled' if handled else 'it is a dead letter'} in {path.best.place}"
    if path.fate is Fate.APPLIED:
        return f"it was handled at {path.place}"
    return f"at {path.place}: {path.why or path.fate}"


def hint(feeding: Feeding, messages: Sequence[Accepted]) -> str:
    """A hint to narrow a claim on messages that never came to a place that feeds this one."""
    came = {path.place for message in messages for path in feeding.paths(message)}
    if not feeding.direct or came & feeding.direct:
        return ""
    sent_on = sorted({message.key[0] for message in messages if not message.outside})
    of = sorted(feeding.direct)[0]
    to = f"was sent on to {', '.join(sent_on)} only, not to {of}" if sent_on else f"never came to {of}"
    return f'it {to}: a bug, unless no effect is due for it; then claim those of {of} only: of="{of}"'
