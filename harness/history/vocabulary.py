"""The words of a history: the only writer of events, one method a kind.

Whoever knows a fact records it when it happens; no reader has to infer it. Cause and actor are those of the
recorder's moment unless they are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.aws import Does
from harness.history.event import Event
from harness.history.log import Log
from harness.history.plain import plain

Cause = Event | int | None


class Recorder(Log):
    """Writes what happens in one run. Names are those that `Names` gives to places."""

    def call(
        self,
        operation: str,
        does: Does,
        resource: str | None,
        *,
        region: str,
        others: Sequence[str] = (),
        attempt: int = 1,
        params: Mapping[str, Any] | None = None,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """An API request reached the cloud. `operation` is like "sqs:SendMessage"; `others` are further
        resources that it is about, `attempt` counts the SDK's own tries."""
        service, _, name = operation.partition(":")
        subject = f"{operation} {resource}" if resource else operation
        data: dict[str, Any] = {
            "service": service,
            "operation": name,
            "does": does._value_,
            "resource": resource,
            "region": region,
            "attempt": attempt,
            "params": self._clean(params or {}),
        }
        if others:
            data["others"] = list(others)
        return self.write("call", subject, (), data, cause=cause, actor=actor)

    def answer(
        self,
        call: Event,
        *,
        status: int = 0,
        error: str | None = None,
        lost: bool = False,
        refused: bool = False,
        actor: str | None = None,
    ) -> Event:
        """It was answered, as far as the cloud is concerned. `lost`: the caller never hears of it, `refused`:
        by a fault."""
        data = {"status": status, "error": error, "lost": lost, "refused_by_fault": refused}
        return self.write("answer", call.subject, (), data, cause=call, actor=actor)

    def accepted(
        self,
        place: str,
        message: str,
        *,
        body: Any,
        attributes: Mapping[str, Any] | None = None,
        group: str | None = None,
        dedup: str | None = None,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """The cloud accepted a message: published, sent, or put into a function's queue of events."""
        data = self._message(body, attributes, group, dedup)
        return self.write("accepted", place, (message,), data, cause=cause, actor=actor)

    def deduplicated(
        self,
        place: str,
        message: str,
        *,
        body: Any,
        attributes: Mapping[str, Any] | None = None,
        group: str | None = None,
        dedup: str | None = None,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A message was taken for the copy of an earlier one, `message`, and swallowed."""
        data = self._message(body, attributes, group, dedup)
        return self.write("deduplicated", place, (message,), data, cause=cause, actor=actor)

    def hop(
        self,
        source: str,
        target: str,
        messages: Sequence[str],
        *,
        attempt: int = 1,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A delivery began."""
        data = {"source": source, "target": target, "attempt": attempt}
        return self.write("hop", f"{source} → {target}", messages, data, cause=cause, actor=actor)

    def arrived(
        self, hop: Event, ids: Sequence[str], *, copy: bool = False, actor: str | None = None
    ) -> Event:
        """It was completed; `ids` are those of its messages at the target. `copy`: a fault's further copy."""
        data: dict[str, Any] = {**_ends(hop), "parents": list(hop.messages)}
        if copy:
            data["copy"] = True
        return self.write("arrived", hop.subject, ids, data, cause=hop, actor=actor)

    def hop_failed(
        self,
        hop: Event,
        error: str,
        message: str = "",
        *,
        retryable: bool,
        applied: bool = False,
        actor: str | None = None,
    ) -> Event:
        """It failed, or its sender takes it for failed although it was `applied`."""
        data = {**_ends(hop), "error": error, "message": self._clean(message)}
        data |= {"retried": retryable, "applied": applied}
        return self.write("hop-failed", hop.subject, hop.messages, data, cause=hop, actor=actor)

    def filtered(
        self,
        source: str,
        target: str,
        messages: Sequence[str],
        *,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A filter kept these messages of `source` from `target`."""
        data = {"source": source, "target": target}
        return self.write("filtered", f"{source} → {target}", messages, data, cause=cause, actor=actor)

    def unheard(self, place: str, message: str, *, cause: Cause = None, actor: str | None = None) -> Event:
        """A place that fans out had nobody to give this message to."""
        return self.write("unheard", place, (message,), {}, cause=cause, actor=actor)

    def left(
        self,
        place: str,
        message: str,
        *,
        body: Any = None,
        why: str,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A message went where this cloud doesn't see what becomes of it."""
        data = {"body": plain(body), "why": why}
        return self.write("left", place, (message,), data, cause=cause, actor=actor)

    def received(
        self,
        place: str,
        counts: Mapping[str, int],
        *,
        visible_at: float,
        again: bool = False,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A consumer received messages, each with its receive count; they are hidden until `visible_at`.

        `again`: the same ReceiveRequestAttemptId as before.
        """
        data: dict[str, Any] = {"counts": dict(counts), "visible_at": visible_at}
        if again:
            data["again"] = True
        return self.write("received", place, tuple(counts), data, cause=cause, actor=actor)

    def hidden(
        self,
        place: str,
        message: str,
        *,
        visible_at: float,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A consumer changed until when a message that it holds is hidden from others."""
        return self.write("hidden", place, (message,), {"visible_at": visible_at}, cause=cause, actor=actor)

    def deleted(
        self,
        place: str,
        message: str,
        *,
        late: bool = False,
        by_mover: bool = False,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A message was deleted. `late`: others saw it already; `by_mover`: the cloud itself did so, because
        it had delivered what it took."""
        data = {name: True for name, value in (("late", late), ("by_mover", by_mover)) if value}
        return self.write("deleted", place, (message,), data, cause=cause, actor=actor)

    def kept(self, place: str, message: str, *, cause: Cause = None, actor: str | None = None) -> Event:
        """A deletion came too late: the message stays."""
        return self.write("kept", place, (message,), {}, cause=cause, actor=actor)

    def dead_lettered(
        self,
        place: str,
        messages: Sequence[str],
        *,
        to: str,
        ids: Sequence[str],
        reason: str,
        target: str = "",
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """Messages are dead letters now: in `to`, under `ids`. `target`: where they couldn't be delivered."""
        data = {"to": to, "ids": list(ids), "reason": self._clean(reason)} | (
            {"target": target} if target else {}
        )
        return self.write("dead-lettered", place, messages, data, cause=cause, actor=actor)

    def dropped(
        self,
        place: str,
        messages: Sequence[str],
        *,
        reason: str,
        target: str = "",
        to: str = "",
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A delivery failed for good, and there is no dead-letter queue; or `to` is one that failed."""
        data = {"reason": self._clean(reason)}
        data |= {name: value for name, value in (("target", target), ("to", to)) if value}
        return self.write("dropped", place, messages, data, cause=cause, actor=actor)

    def expired(
        self,
        place: str,
        message: str,
        *,
        reason: str,
        target: str = "",
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """The retention period of a message has ended. `target`: the consumer of a stream that had not got
        it."""
        data = {"reason": reason} | ({"target": target} if target else {})
        return self.write("expired", place, (message,), data, cause=cause, actor=actor)

    def purged(
        self,
        place: str,
        messages: Sequence[str],
        *,
        reason: str,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """Somebody asked for all messages there to be deleted."""
        return self.write("purged", place, messages, {"reason": reason}, cause=cause, actor=actor)

    def removed(
        self, place: str, messages: Sequence[str], *, cause: Cause = None, actor: str | None = None
    ) -> Event:
        """A place was deleted, and these messages with it."""
        return self.write("removed", place, messages, {}, cause=cause, actor=actor)

    def moved(
        self,
        place: str,
        messages: Sequence[str],
        *,
        to: str,
        ids: Sequence[str],
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """Messages were put into another place, as an operator does with dead letters."""
        data = {"to": to, "ids": list(ids)}
        return self.write("moved", place, messages, data, cause=cause, actor=actor)

    def invocation(
        self,
        function: str,
        messages: Sequence[str],
        *,
        request_id: str,
        attempt: int = 1,
        source: str = "",
        cold: bool = False,
        version: str = "",
        payload: Any = None,
        timeout: float | None = None,
        enriches: bool = False,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A run of a function began; `source` is where its messages are. `payload`: of a run that somebody
        waits for, which has no messages. `timeout`: the seconds that it may take. `enriches`: its answer goes
        on to another place, so to have run is not to have handled."""
        data: dict[str, Any] = {
            "request_id": request_id,
            "attempt": attempt,
            "source": source,
            "cold": cold,
            "version": version,
        }
        if payload is not None:
            data["payload"] = plain(payload)
        if timeout is not None:
            data["timeout"] = timeout
        if enriches:
            data["enriches"] = True
        return self.write("invocation", function, messages, data, cause=cause, actor=actor)

    def invocation_ended(
        self,
        begun: Event,
        outcome: str,
        *,
        error: str | None = None,
        failed: Sequence[str] = (),
        unread: Sequence[str] = (),
        unanswered: Sequence[str] = (),
        cold: bool | None = None,
        log: str = "",
        actor: str | None = None,
    ) -> Event:
        """It ended. `failed`: messages that it reported as failed; `unread`: those that it reported to a
        mover that doesn't read such answers; `unanswered`: hosts of third parties that it asked in vain.
        `cold`: was its environment, if a fault chose another one than it had begun in? `log` is kept beside
        the history."""
        data: dict[str, Any] = {
            "outcome": outcome,
            "error": self._clean(error),
            "failed": sorted(failed),
        }
        if unread:
            data["unread"] = sorted(unread)
        if unanswered:
            data["unanswered"] = list(unanswered)
        if cold is not None:
            data["cold"] = cold
        event = self.write("invocation-ended", begun.subject, begun.messages, data, cause=begun, actor=actor)
        if log:
            self.logs[event.seq] = log
        return event

    def execution(
        self,
        machine: str,
        messages: Sequence[str],
        *,
        name: str,
        source: str = "",
        payload: Any = None,
        repeatable: bool = False,
        timeout: float | None = None,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A run of a state machine began; `source` is where its messages are. `payload`: of a run that has
        none. `repeatable`: the cloud may run it more than once. `timeout`: the seconds that it may take."""
        data: dict[str, Any] = {"name": name, "source": source}
        if repeatable:
            data["repeatable"] = True
        if timeout is not None:
            data["timeout"] = timeout
        if not messages:
            data["payload"] = plain(payload)
        return self.write("execution", machine, messages, data, cause=cause, actor=actor)

    def entered(
        self,
        execution: Event,
        state: str,
        *,
        number: int,
        timeout: float | None = None,
        waits_for_token: bool = False,
        stoppable: bool = False,
    ) -> Event:
        """An execution entered a state, its `number`th. `timeout`: the seconds that a try may take;
        `stoppable`: it can be stopped from outside."""
        data: dict[str, Any] = {"state": state, "number": number}
        told = {"timeout": timeout, "waits_for_token": waits_for_token, "stoppable": stoppable}
        data |= {name: value for name, value in told.items() if value}
        return self.write("entered", execution.subject, execution.messages, data, cause=execution)

    def execution_ended(
        self, begun: Event, outcome: str, *, error: str | None = None, actor: str | None = None
    ) -> Event:
        """It ended."""
        data = {"outcome": outcome, "error": self._clean(error), "failed": []}
        return self.write("execution-ended", begun.subject, begun.messages, data, cause=begun, actor=actor)

    def timer(
        self,
        place: str,
        messages: Sequence[str],
        what: str,
        *,
        target: str = "",
        attempt: int = 0,
        cause: Cause = None,
        actor: str | None = None,
    ) -> Event:
        """A timer that matters fired."""
        data: dict[str, Any] = {"what": what}
        data |= {name: value for name, value in (("target", target), ("attempt", attempt)) if value}
        return self.write("timer", place, messages, data, cause=cause, actor=actor)

    def fault(
        self,
        hit: Event,
        *,
        index: int,
        kind: str,
        what: str,
        until: float | None = None,
        messages: Sequence[str] = (),
    ) -> Event:
        """A fault had its effect on what `hit` tells of. `index` is its place in the plan; `until`: it lasts
        until then; `messages`: it is about these of a batch only."""
        data: dict[str, Any] = {"fault": index, "kind": kind, "what": what}
        if until is not None:
            data["until"] = until
        return self.write("fault", hit.subject, messages or hit.messages, data, cause=hit, actor="plan")

    def state(self, place: str, rows: Sequence[Any]) -> Event:
        """Final state, as an invariant asked for it."""
        return self.write("state", place, (), {"rows": plain(rows)})

    def settled(self, cloud: str, settled: bool, moving: Sequence[str] = ()) -> Event:
        """`settle()` came back. `moving`: what keeps the run from being at rest."""
        return self.write("settled", cloud, (), {"settled": settled, "moving": list(moving)})

    def expectation(
        self,
        invariant: str,
        *,
        params: Mapping[str, Any],
        verdict: str,
        negated: bool = False,
        own: bool = False,
        idle: str = "",
    ) -> Event:
        """An invariant was asked. `own`: one of the user's. `idle`: why there was nothing to check."""
        data: dict[str, Any] = {"params": plain(params), "verdict": verdict, "negated": negated}
        if own:
            data["own"] = True
        if idle:
            data["idle"] = idle
        return self.write("expectation", invariant, (), data)

    def _clean(self, value: Any) -> Any:
        return plain(value, self.roots)

    def _message(
        self, body: Any, attributes: Mapping[str, Any] | None, group: str | None, dedup: str | None
    ) -> dict[str, Any]:
        """A message as it was accepted; attributes, group and deduplication id where it has them."""
        given = (("attributes", plain(attributes or {})), ("group", group), ("dedup", dedup))
        return {"body": self._clean(body)} | {name: value for name, value in given if value}


def _ends(hop: Event) -> dict[str, Any]:
    return {"source": hop.data["source"], "target": hop.data["target"]}
