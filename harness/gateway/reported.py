"""Events inside of the emulator, as the guest reports them: each kind is a method of the recorder.

Nothing is inferred here, and nothing waits: the guest tells each change of state when it happens, with its
cause, before anybody else in the emulator can act on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.gateway.memory import Memory
from harness.gateway.verbs import Fields
from harness.history import Event, Recorder

Read = Callable[[Memory, Fields, str], Any]


@dataclass(frozen=True)
class Kind:
    """A kind of event: who writes it, and how each of its words is read."""

    say: Callable[..., Event]
    words: Mapping[str, Read]


def _place(memory: Memory, fields: Fields, name: str) -> str:
    """An ARN, or an address outside of the cloud: its name in the history."""
    physical = fields.text(name)
    if not physical:
        raise fields.wrong(name, "an ARN or an address")
    return memory.name_of(physical)


def _place_or_none(memory: Memory, fields: Fields, name: str) -> str:
    return memory.name_of(physical) if (physical := fields.text(name, "")) else ""


def _text(memory: Memory, fields: Fields, name: str) -> str:
    return fields.text(name)


def _text_or_null(memory: Memory, fields: Fields, name: str) -> str | None:
    return fields.optional_text(name)


def _texts(memory: Memory, fields: Fields, name: str) -> tuple[str, ...]:
    if name not in fields:
        raise fields.wrong(name, "a list of strings")
    return fields.texts(name)


def _anything(memory: Memory, fields: Fields, name: str) -> Any:
    return fields.any(name)


def _object(memory: Memory, fields: Fields, name: str) -> dict[str, Any]:
    return fields.object(name)


def _counts(memory: Memory, fields: Fields, name: str) -> dict[str, int]:
    return fields.counts(name)


def _moment(memory: Memory, fields: Fields, name: str) -> float:
    """Epoch seconds on the account's clock, as seconds of the run."""
    return round(memory.clock.seconds_of(fields.moment(name)), 6)


def _number(memory: Memory, fields: Fields, name: str) -> int:
    return fields.number(name, 0)


def _flag(memory: Memory, fields: Fields, name: str) -> bool:
    return fields.flag(name)


_TAKEN_IN: Mapping[str, Read] = {
    "place": _place,
    "message": _text,
    "body": _anything,
    "attributes": _object,
    "group": _text_or_null,
    "dedup": _text_or_null,
}

KINDS: Mapping[str, Kind] = {
    "accepted": Kind(Recorder.accepted, _TAKEN_IN),
    "deduplicated": Kind(Recorder.deduplicated, _TAKEN_IN),
    "unheard": Kind(Recorder.unheard, {"place": _place, "message": _text}),
    "left": Kind(Recorder.left, {"place": _place, "message": _text, "body": _anything, "why": _text}),
    "filtered": Kind(Recorder.filtered, {"source": _place, "target": _place, "messages": _texts}),
    "received": Kind(
        Recorder.received, {"place": _place, "counts": _counts, "visible_at": _moment, "again": _flag}
    ),
    "hidden": Kind(Recorder.hidden, {"place": _place, "message": _text, "visible_at": _moment}),
    "deleted": Kind(Recorder.deleted, {"place": _place, "message": _text, "late": _flag, "by_mover": _flag}),
    "kept": Kind(Recorder.kept, {"place": _place, "message": _text}),
    "dead-lettered": Kind(
        Recorder.dead_lettered,
        {
            "place": _place,
            "messages": _texts,
            "to": _place,
            "ids": _texts,
            "reason": _text,
            "target": _place_or_none,
        },
    ),
    "dropped": Kind(
        Recorder.dropped,
        {
            "place": _place,
            "messages": _texts,
            "reason": _text,
            "target": _place_or_none,
            "to": _place_or_none,
        },
    ),
    "expired": Kind(
        Recorder.expired,
        {"place": _place, "message": _text, "reason": _text, "target": _place_or_none},
    ),
    "purged": Kind(Recorder.purged, {"place": _place, "messages": _texts, "reason": _text}),
    "removed": Kind(Recorder.removed, {"place": _place, "messages": _texts}),
    "moved": Kind(Recorder.moved, {"place": _place, "messages": _texts, "to": _place, "ids": _texts}),
    "timer": Kind(
        Recorder.timer,
        {
            "place": _place,
            "messages": _texts,
            "what": _text,
            "target": _place_or_none,
            "attempt": _number,
        },
    ),
}
_ALWAYS = ("kind", "cause", "actor")


class Reported:
    """Records events of the guest in the words of the history."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def record(self, fields: Fields) -> dict[str, Any]:
        """One event; gives its number. Raises `BadRequest`."""
        memory, name = self._memory, fields.text("kind")
        kind = KINDS.get(name)
        if kind is None:
            raise fields.wrong("kind", f"one of {', '.join(KINDS)}")
        fields.only(*_ALWAYS, *kind.words)
        said = {word: read(memory, fields, word) for word, read in kind.words.items()}
        cause = memory.seq(fields, "cause")
        actor = memory.actor(fields, cause)
        return {"event": kind.say(memory.recorder, **said, cause=cause, actor=actor).seq}
