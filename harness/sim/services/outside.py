"""Everything outside of the cloud: HTTP endpoints, mailboxes and phones. Nothing listens there, unless the
endpoint is an API of the cloud itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlsplit

from harness.aws import Service
from harness.aws.parcels import OutsideParcel
from harness.cloud import Sent
from harness.sim.patches import stubs
from harness.sim.services.service import OUTSIDE, Delivered, Delivery, DeliveryFailed, Operation
from harness.sim.world import World

TOO_MANY = 429


_RETRIED = (401, 407, 409, 429)
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html"""


class Outside:
    """Takes every delivery and keeps it."""

    facts: ClassVar = Service(name=OUTSIDE)
    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, world: World) -> None:
        self._world = world
        self.outbox: list[Sent] = []

    def deliver(self, delivery: Delivery) -> Delivered:
        """It has left. A stub of its host answers it, if its sender waits for that."""
        parcel = delivery.holding(OutsideParcel)
        self.outbox.append(
            Sent(
                parcel.protocol,
                parcel.endpoint,
                parcel.body,
                self._world.kernel.elapsed,
                parcel.subscription,
                parcel.subject,
                parcel.headers,
            )
        )
        subscribed = parcel.subscription and parcel.protocol in ("http", "https")
        is_own = bool(subscribed) and stubs.own(urlsplit(parcel.endpoint).hostname or "") is not None
        method = parcel.method or ("POST" if is_own else "")
        answer = None
        if method:
            try:
                answer = stubs.ask(parcel.endpoint, method, parcel.headers, parcel.body)
            except OSError as problem:
                raise DeliveryFailed(type(problem).__name__, str(problem), retryable=is_own) from None
        if is_own and not parcel.method and answer is not None:
            _check(answer[0])
        if answer is not None and parcel.by_status and not 200 <= answer[0] < 300:
            status = answer[0]
            again = status in _RETRIED or status >= 500
            raise DeliveryFailed(f"HTTP {status}", f"{parcel.endpoint} answered {status}", retryable=again)
        return Delivered(delivery.messages, answer)


def _check(status: int) -> None:
    """Raises `DeliveryFailed` unless the endpoint has taken it.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
    """
    if status >= 400:
        told = f"the endpoint answered {status}"
        raise DeliveryFailed(str(status), told, retryable=status >= 500 or status == TOO_MANY)


MOVER = Outside
