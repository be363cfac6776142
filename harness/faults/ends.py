"""The kinds of places that a delivery goes between. They decide which faults are possible there."""

from __future__ import annotations

from dataclasses import dataclass

from harness import aws
from harness.aws import Role
from harness.frozen import quickly_made
from harness.history.places import ASYNC_QUEUE, Place


@quickly_made
@dataclass(frozen=True, slots=True)
class Ends:
    """The kinds of a delivery's source and target; None: unknown.

    `from_events`: from a function's own queue of asynchronous events. `within`: a service moves a message
    from one of its places to another by itself, as SQS does with what was received too often, and back.
    `keeps_failures`: the source's service can have dead-letter queues. `inner`: only its own service
    delivers to the target, as EventBridge does from a bus to its rules. `asked_once`: the source passes a
    client's request on, and leaves it to the client to ask again. `tried_once`: the source's service neither
    keeps nor tries again what failed.
    """

    source: Role | None = None
    target: Role | None = None
    source_fifo: bool = False
    target_fifo: bool = False
    from_events: bool = False
    within: bool = False
    inner: bool = False
    keeps_failures: bool = True
    asked_once: bool = False
    tried_once: bool = False

    @classmethod
    def of(cls, source: Place | None, target: Place | None) -> Ends:
        """The ends of deliveries between two places."""
        return cls(
            source.role if source else None,
            target.role if target else None,
            source.fifo or source.ordered if source else False,
            target.fifo if target else False,
            source.name.endswith(ASYNC_QUEUE) if source else False,
            _is_within(source, target),
            target.inner if target else False,
            aws.service(source.service).keeps_failures if source else True,
            bool(aws.service(source.service).requests) if source else False,
            aws.service(source.service).tries_once if source else False,
        )


def _is_within(source: Place | None, target: Place | None) -> bool:
    if source is None or target is None:
        return False
    both_hold = source.role is Role.HOLDS and target.role is Role.HOLDS
    dead_letters = source.dead_letters or target.dead_letters
    return both_hold and dead_letters and source.service == target.service


UNKNOWN = Ends()
