"""What the cloud does by itself, as the guest tells it: pollers, redrives, expiry, timers."""

from __future__ import annotations

from typing import Any

from harness.gateway.memory import Memory
from harness.gateway.naming import actor_name, display_name, is_function, is_queue
from harness.gateway.verbs import Fields

KINDS = (
    "filtered",
    "received",
    "deleted",
    "dead-lettered",
    "expired",
    "purged",
    "dropped",
    "moved",
    "timer",
)
_ARNS = ("source", "target", "to")
"""Data that holds ARNs; the history has names there."""

_LEAVES = frozenset(("deleted", "dead-lettered", "expired", "purged", "moved"))


class Reported:
    """Records events of the guest in the words of the history."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def record(self, fields: Fields) -> dict[str, Any]:
        """One event."""
        memory, kind = self._memory, fields.text("kind")
        if kind not in KINDS:
            raise fields.wrong("kind", f"one of {', '.join(KINDS)}")
        arn, messages = fields.text("subject", ""), fields.texts("messages")
        actor = actor_name(memory, fields.text("actor", ""))
        data = self._data(fields)
        handles = self._handles(fields, data)
        subject = self._subject(fields, kind, arn, data)
        cause = memory.seq(fields, "cause")
        memory.note_product(cause, str(data.get("source", "")) if kind == "filtered" else subject, messages)
        if kind in ("received", "dead-lettered", "dropped"):
            with memory.going_on(f"{kind} {subject}"):
                await memory.messages.known(subject, messages)
        if (
            cause is None
            or kind == "deleted"
            or is_function(arn)
            or (self._is_call(cause) and not is_queue(arn))
        ):
            found = self._cause_of(kind, arn, subject, messages, actor, data)
            cause = cause if found is None else found
        with memory.recorder.caused_by(cause, actor=actor):
            seq = self._say(kind, subject, messages, data)
        self._note(kind, arn, subject, messages, data, seq)
        for handle, message in handles.items():
            memory.messages.handed(subject, handle, message, float(data.get("visible_at") or 0.0))
        return {"event": seq}

    def _say(self, kind: str, subject: str, messages: tuple[str, ...], data: dict[str, Any]) -> int:
        """Write it into the history; gives the number of its (last) event."""
        recorder, reason = self._memory.recorder, str(data.get("reason", ""))
        if kind == "filtered":
            return recorder.filtered(data["source"], data["target"], messages).seq
        if kind == "received":
            counts = data.get("counts") or self._memory.messages.next_counts(messages)
            return recorder.received(subject, counts, visible_at=data.get("visible_at", 0.0)).seq
        if kind == "deleted":
            late = bool(data.get("late"))
            return [recorder.deleted(subject, one, late=late, by_mover=True) for one in messages][-1].seq
        if kind == "expired":
            return [recorder.expired(subject, one, reason=reason) for one in messages][-1].seq
        if kind == "purged":
            return recorder.purged(subject, messages, reason=reason).seq
        to, ids = str(data.get("to", "")), tuple(data.get("ids") or ())
        if kind == "moved":
            return recorder.moved(subject, messages, to=to, ids=ids).seq
        target = str(data.get("target", ""))
        if kind == "dead-lettered":
            return recorder.dead_lettered(subject, messages, to=to, ids=ids, reason=reason, target=target).seq
        if kind == "dropped":
            return recorder.dropped(subject, messages, reason=reason, target=target, to=to).seq
        attempt = int(data.get("attempt") or 0)
        return recorder.timer(subject, messages, str(data["what"]), target=target, attempt=attempt).seq

    def _data(self, fields: Fields) -> dict[str, Any]:
        data = fields.object("data")
        for name in _ARNS:
            if isinstance(data.get(name), str):
                data[name] = display_name(self._memory, data[name])
        if data.get("visible_at") is not None:
            visible_at = data["visible_at"]
            if not isinstance(visible_at, int | float) or isinstance(visible_at, bool):
                raise fields.wrong("data", "visible_at in epoch seconds")
            data["visible_at"] = round(self._memory.clock.seconds_of(visible_at), 6)
        counts = data.get("counts", {})
        if not isinstance(counts, dict) or not all(isinstance(n, int) for n in counts.values()):
            raise fields.wrong("data", "counts as whole numbers by message")
        return data

    def _handles(self, fields: Fields, data: dict[str, Any]) -> dict[str, str]:
        """Receipt handles under which a mapping has messages: a function may use them, too."""
        handles = data.pop("handles", {})
        if not isinstance(handles, dict) or not all(isinstance(one, str) for one in handles.values()):
            raise fields.wrong("data", "handles as messages by receipt handle")
        return handles

    def _subject(self, fields: Fields, kind: str, arn: str, data: dict[str, Any]) -> str:
        """What it is about; a filter of a subscription stands between a topic and its subscriber."""
        if kind == "filtered" and not is_queue(arn):
            if not isinstance(data.get("source"), str) or not isinstance(data.get("target"), str):
                raise fields.wrong("data", "source and target of what was filtered out")
            return f"{data['source']} → {data['target']}"
        if not arn:
            raise fields.wrong("subject", "an ARN")
        return display_name(self._memory, arn)

    def _is_call(self, seq: int) -> bool:
        return self._memory.recorder.event(seq).kind == "call"

    def _cause_of(
        self, kind: str, arn: str, subject: str, ids: tuple[str, ...], actor: str, data: dict[str, Any]
    ) -> int | None:
        """What led to it, where the guest doesn't know, or only which call or delivery came before."""
        messages = self._memory.messages
        if kind == "deleted":
            return messages.last_ended(actor.removeprefix("mapping:"), ids)
        if kind == "timer" and is_queue(arn):
            return messages.last_received(subject, ids)
        if kind == "filtered":
            place = str(data["source"])
            return messages.last_received(place, ids) if is_queue(arn) else messages.origin(place, ids)
        if is_queue(arn) or kind in ("expired", "moved", "received"):
            return None
        return messages.origin(subject.removesuffix(" (async)"), ids)

    def _note(
        self,
        kind: str,
        arn: str,
        subject: str,
        ids: tuple[str, ...],
        data: dict[str, Any],
        seq: int,
    ) -> None:
        """Keep in mind where the messages are now."""
        messages = self._memory.messages
        if kind == "received":
            messages.received(subject, data.get("counts") or messages.next_counts(ids), seq)
        if kind == "filtered" and is_queue(arn):
            messages.ended(str(data.get("target", "")), ids, seq)
        if kind in _LEAVES and is_queue(arn):
            messages.left(subject, ids)
            for one in data.get("ids") or ():
                messages.came(str(data.get("to", "")), str(one), seq)
