"""Which faults can land at a fault point: one function a kind of point, one line a fault.

Each gives plain faults that hit exactly this point in a run that is equal up to there. Faults of a kind that
come to the same thing at a point are tried once: a crash after the last call is a crash after the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from harness import faults
from harness.explore.points import (
    CallPoint,
    HopPoint,
    InvocationPoint,
    Point,
    ServicePoint,
    WayPoint,
)
from harness.faults.partial_answer import BATCHES

OVERTAKEN_SECONDS = 1.0
"""Long enough for any other delivery to overtake."""

LONG_SECONDS = 5.0
"""Longer than delays that are to give something time, shorter than most functions may run."""

LATE_SECONDS = 60.0
OUTAGE_SECONDS = 120.0
SKEW_SECONDS = 300.0
PAST_DEDUPLICATION_SECONDS = 330.0
"""SQS and SNS remember deduplication ids for five minutes; this is later."""


@dataclass(frozen=True)
class Landing:
    """A fault at a point. `label` says which, for reports: the kind, and how if there are several ways."""

    label: str
    fault: Any

    @property
    def kind(self) -> str:
        """The kind of fault."""
        return str(self.fault.kind)


P = TypeVar("P", bound=Point)
_LANDINGS: dict[type[Point], Callable[[Any], Iterator[Landing]]] = {}


def lands_on(kind: type[P]) -> Callable[[Callable[[P], Iterator[Landing]]], Callable[[P], Iterator[Landing]]]:
    """Registers what can land on points of this kind."""

    def register(function: Callable[[P], Iterator[Landing]]) -> Callable[[P], Iterator[Landing]]:
        _LANDINGS[kind] = function
        return function

    return register


def landings(point: Point) -> list[Landing]:
    """The faults that can land at this point."""
    return list(_LANDINGS[type(point)](point))


@lands_on(CallPoint)
def _on_call(at: CallPoint) -> Iterator[Landing]:
    place: dict[str, Any] = {"resource": at.resource, "actor": at.actor}
    if at.actor == "test":
        # The test stands for a client whose answer got lost: the SDK sends once more, the test sees nothing.
        yield Landing("answer_lost", faults.answer_lost(at.operation, **place, nth=at.number))
        return
    if not at.repeated:
        yield from _on_logical_call(at, place)
    yield Landing("access_denied", faults.access_denied(at.operation, **place, nth=at.number))
    if at.writes:
        yield Landing("answer_lost", faults.answer_lost(at.operation, **place, nth=at.number))
    if at.operation in BATCHES:
        yield Landing("partial_answer", faults.partial_answer(at.operation, **place, nth=at.number))
    yield Landing("slow", faults.slow(at.operation, OVERTAKEN_SECONDS, **place, nth=at.number))
    if at.writes:
        yield Landing("slow long", faults.slow(at.operation, LONG_SECONDS, **place, nth=at.number))
    if at.lapses_after is not None:
        seconds = _past(at.lapses_after)
        yield Landing("slow past visibility", faults.slow(at.operation, seconds, **place, nth=at.number))


def _on_logical_call(at: CallPoint, place: dict[str, Any]) -> Iterator[Landing]:
    """What outlasts the SDK's retries, so that the code sees it."""
    whole: dict[str, Any] = {**place, "outlasting_retries": True, "nth": at.logical}
    yield Landing("throttle", faults.throttle(at.operation, **whole))
    yield Landing("server_error", faults.server_error(at.operation, **whole))
    yield Landing("request_lost", faults.request_lost(at.operation, **whole))
    if at.writes:
        yield Landing("answer_lost for good", faults.answer_lost(at.operation, **whole))


@lands_on(HopPoint)
def _on_hop(at: HopPoint) -> Iterator[Landing]:
    way, nth = (at.source, at.target), at.number
    yield Landing("ack_lost", faults.ack_lost(*way, nth=nth))
    yield Landing("redeliver", faults.redeliver(*way, nth=nth))
    if not at.fifo:  # which brings nothing again once it is deleted
        late = faults.redeliver(*way, apart_seconds=PAST_DEDUPLICATION_SECONDS, nth=nth)
        yield Landing("redeliver late", late)
    if at.lapses_after is not None:
        past = _past(at.lapses_after)
        yield Landing("delay_hop past visibility", faults.delay_hop(*way, seconds=past, nth=nth))
    else:
        yield Landing("delay_hop", faults.delay_hop(*way, seconds=LATE_SECONDS, nth=nth))
    if at.source_is != "queue":
        yield Landing("refuse_hop", faults.refuse_hop(*way, nth=nth))
    if at.source_is == "topic":
        yield Landing("refuse_hop for good", faults.refuse_hop(*way, retryable=False, nth=nth))
    if at.target_is == "function" and at.first_message is not None:
        yield Landing("poison", faults.poison(at.target, at.source, nth=at.first_message))


@lands_on(InvocationPoint)
def _on_invocation(at: InvocationPoint) -> Iterator[Landing]:
    nth = at.number
    if at.after_call is not None:
        label = f"crash after call {at.after_call}"
        yield Landing(label, faults.crash(at.function, after_call=at.after_call, nth=nth))
        return
    yield Landing("crash before", faults.crash(at.function, "before", nth=nth))
    yield Landing("crash", faults.crash(at.function, nth=nth))
    yield Landing("time_out", faults.time_out(at.function, nth=nth))
    yield Landing("out_of_memory", faults.out_of_memory(at.function, nth=nth))
    yield Landing("init_failure", faults.init_failure(at.function, nth=nth))
    yield Landing("throttle_invocation", faults.throttle_invocation(at.function, nth=nth))
    for seconds, label in ((SKEW_SECONDS, "clock_skew ahead"), (-SKEW_SECONDS, "clock_skew behind")):
        yield Landing(label, faults.clock_skew(at.function, seconds=seconds, nth=nth, times=1))


@lands_on(ServicePoint)
def _on_service(at: ServicePoint) -> Iterator[Landing]:
    begins = max(round(at.at - 0.001, 3), 0.0)
    outage = faults.outage(at.service, at.resource, after_seconds=begins, for_seconds=OUTAGE_SECONDS)
    yield Landing("outage", outage)


@lands_on(WayPoint)
def _on_way(at: WayPoint) -> Iterator[Landing]:
    if not at.target.endswith(".fifo"):
        yield Landing("reorder", faults.reorder(at.source, at.target))


def _past(seconds: float) -> float:
    """A little later than that."""
    return round(seconds + OVERTAKEN_SECONDS, 3)
