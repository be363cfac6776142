"""What a service of the simulator offers, and the data that passes through the two doors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from harness.sim.kernel import Signal
from harness.wire.errors import Params as Params
from harness.wire.errors import ServiceError as ServiceError


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes an API call, and where. `trace`: the X-Ray header of the request, which messages carry on."""

    actor: str
    region: str
    account: str
    trace: str = ""


Operation = Callable[[Params, Caller], Params]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing on its way from `source` to `target` (ARNs), carrying messages named as at the source."""

    source: str
    target: str
    messages: tuple[str, ...]
    body: Any
    attempt: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivered:
    """It arrived: the ids that the messages have at the target, and what the target answers."""

    ids: tuple[str, ...] = ()
    value: Any = None


class DeliveryFailed(Exception):
    """The target did not take it. `retryable`: trying again could help."""

    def __init__(self, code: str, message: str = "", *, retryable: bool = True) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message
        self.retryable = retryable


class Service(Protocol):
    """A service that moves things. It reaches others through the doors of its `World` only."""

    name: str

    @property
    def operations(self) -> Mapping[str, Operation]:
        """API operations by name."""

    def resource(self, operation: str, params: Params) -> str | None:
        """The ARN, URL or name that a call is about."""

    def owns(self, arn: str) -> bool:
        """Does this ARN live here?"""

    def deliver(self, delivery: Delivery) -> Delivered:
        """Take a delivery; may block. Raises `DeliveryFailed`."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message handed out to a mapping, with the fields that Lambda passes on."""

    id: str
    receipt_handle: str
    body: str
    attributes: Mapping[str, str]
    message_attributes: Mapping[str, Any]
    md5_of_body: str
    group: str | None = None
    md5_of_message_attributes: str | None = None


@runtime_checkable
class Source(Protocol):
    """What an event source mapping pulls from."""

    def take(self, arn: str, limit: int, visibility_timeout: float | None = None) -> list[Taken]:
        """Receive up to `limit` messages that are visible now; doesn't block."""

    def ack(self, arn: str, receipt_handles: Iterable[str]) -> None:
        """They are done: delete them."""

    def release(self, arn: str, receipt_handles: Iterable[str], visibility_timeout: float) -> None:
        """Make them visible again after so many seconds."""

    def arrived(self, arn: str) -> Signal:
        """Notified whenever a message may have become available."""

    def settings(self, arn: str) -> Mapping[str, Any]:
        """The queue's `visibility_timeout` (seconds), `fifo` and more."""
