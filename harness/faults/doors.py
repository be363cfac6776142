"""What the two doors of a cloud write into the history, and how they read what a plan has decided.

The cause and the actor of an event are those of the recorder's moment unless one is given here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from harness import aws
from harness.faults.active import Hit
from harness.faults.decision import Decision
from harness.faults.sites import Call, Hop
from harness.history import Event, Recorder


def first(hits: Iterable[Hit], action: str) -> Decision | None:
    """The first decision for this action."""
    return next((hit.decision for hit in hits if hit.decision.action == action), None)


def delay_seconds(hits: Iterable[Hit], chance: Random) -> float:
    """How much longer it takes; what is spread is drawn from `chance`."""
    return sum(
        hit.decision.seconds + chance.uniform(0, hit.decision.spread_seconds)
        for hit in hits
        if hit.decision.action == "delay"
    )


def copies(hits: Iterable[Hit]) -> Iterator[float]:
    """Seconds after which each further copy arrives."""
    for hit in hits:
        if hit.decision.action == "copies":
            for copy in range(1, hit.decision.copies_made):
                yield copy * hit.decision.seconds


def record_call(recorder: Recorder, call: Call, params: Mapping[str, Any]) -> Event:
    """An API request reached the cloud; `params` as the history keeps them."""
    service, _, operation = call.operation.partition(":")
    others: dict[str, Any] = {"others": list(call.others)} if call.others else {}
    return recorder.record(
        "call",
        f"{call.operation} {call.resource}" if call.resource else call.operation,
        service=service,
        operation=operation,
        does=aws.service(service).operation(operation).does_with(call.params).value,
        resource=call.resource,
        region=call.region,
        attempt=call.attempt,
        params=params,
        **others,
    )


def record_answer(
    recorder: Recorder,
    call: Event,
    *,
    lost: bool,
    refused: bool,
    status: int = 0,
    error: str | None = None,
) -> Event:
    """It was answered, as far as the cloud is concerned."""
    return recorder.record(
        "answer", call.subject, status=status, error=error, lost=lost, refused_by_fault=refused
    )


def record_hop(recorder: Recorder, hop: Hop) -> Event:
    """A delivery began."""
    return recorder.record(
        "hop",
        f"{hop.source} → {hop.target}",
        hop.messages,
        source=hop.source,
        target=hop.target,
        attempt=hop.attempt,
    )


def record_arrived(recorder: Recorder, hop: Event, ids: Sequence[str], **how: Any) -> Event:
    """It was completed; `ids` are those that the messages have at the target."""
    return recorder.record(
        "arrived",
        hop.subject,
        tuple(ids),
        cause=hop,
        source=hop.data["source"],
        target=hop.data["target"],
        parents=list(hop.messages),
        **how,
    )


def record_hop_failed(
    recorder: Recorder, hop: Event, code: str, message: str, *, retryable: bool, applied: bool = False
) -> Event:
    """It failed, or its sender takes it for failed although it was `applied`."""
    return recorder.record(
        "hop-failed",
        hop.subject,
        hop.messages,
        cause=hop,
        error=code,
        message=message,
        retried=retryable,
        applied=applied,
        source=hop.data["source"],
        target=hop.data["target"],
    )


def record_hits(recorder: Recorder, hits: Iterable[Hit], hit_event: Event) -> None:
    """Faults acted on what `hit_event` tells of."""
    for hit in hits:
        lasting: dict[str, Any] = {} if hit.until is None else {"until": round(hit.until, 6)}
        recorder.record(
            "fault",
            hit_event.subject,
            hit_event.messages,
            cause=hit_event,
            actor="plan",
            fault=hit.index,
            kind=hit.kind,
            what=hit.decision.action,
            **lasting,
        )
