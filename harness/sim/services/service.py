"""Movers, the services of the simulator that move things, and the data that passes through the two doors.

Abilities that not every mover has are small protocols of their own, asked for with `isinstance`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from harness.aws import Parcel, Service
from harness.aws.rules.batches import Taken as Taken
from harness.cloud import Peeks as Peeks
from harness.cloud import follows as follows
from harness.frozen import making, quickly_made
from harness.sim.activities import Signal
from harness.wire.errors import Params as Params
from harness.wire.errors import ServiceError as ServiceError

if TYPE_CHECKING:
    from harness.sim.world import World

P = TypeVar("P")

OUTSIDE = "outside"
"""The name of the mover that takes what leaves the cloud."""


@quickly_made
@dataclass(frozen=True, slots=True)
class Caller:
    """The maker of an API call, and its region and account.

    `trace`: the X-Ray header of the request, which messages carry on. `request_id` is that of the answer,
    `size` the request's in bytes.
    """

    actor: str
    region: str
    account: str
    trace: str = ""
    request_id: str = ""
    size: int = 0


make_caller = making(Caller)

Operation = Callable[[Params, Caller], Params]


@quickly_made
@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing on its way from `source` to `target` (ARNs), carrying messages named as at the source.

    `by_role`: its sender acts with a role, so the policy of the target doesn't count. Roles aren't judged.
    """

    source: str
    target: str
    messages: tuple[str, ...]
    parcel: Parcel
    attempt: int = 1
    by_role: bool = False

    def holding(self, kind: type[P]) -> P:
        """The parcel, if it is of the kind that the target takes; `TypeError` for a sender's mistake."""
        if not isinstance(self.parcel, kind):
            raise TypeError(f"{self.target} takes a {kind.__name__}, not a {type(self.parcel).__name__}")
        return self.parcel


@quickly_made
@dataclass(frozen=True, slots=True)
class Delivered:
    """It arrived: the ids that the messages have at the target, and what the target answers.

    `acknowledged`: the target is done with some of them at least, so there is something to tell the sender.
    """

    ids: tuple[str, ...] = ()
    value: Any = None
    acknowledged: bool = True


class DeliveryFailed(Exception):
    """The target did not take it. `retryable`: trying again could help."""

    def __init__(self, code: str, message: str = "", *, retryable: bool = True) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message
        self.retryable = retryable


class Mover(Protocol):
    """A service that moves things. It reaches others through the doors of its `World` only.

    `facts` say what AWS calls it, and which ARNs are places of it that take deliveries.
    """

    @property
    def facts(self) -> Service:
        """What is known of the service, from `harness.aws`."""

    @property
    def operations(self) -> Mapping[str, Operation]:
        """API operations by name."""

    def deliver(self, delivery: Delivery) -> Delivered:
        """Take a delivery to one of its places, existing or not; may block. Raises `DeliveryFailed`."""


class MakesMover(Protocol):
    """The class of a mover, which takes the world that it joins."""

    @property
    def facts(self) -> Service:
        """What is known of the service, from `harness.aws`."""

    def __call__(self, world: World) -> Mover:
        """Make it."""


@runtime_checkable
class NamesResources(Protocol):
    """It knows names that its facts don't, as the function of a mapping that a call names by an id."""

    def resources(self, operation: str, params: Params) -> tuple[str, ...]:
        """The ARNs, URLs or names of the resources that a call is about; the first is the telling one."""


@runtime_checkable
class Watches(Protocol):
    """It sends on what happens in a service that moto holds. `operations` are those that it carries out
    itself; of all others it is told."""

    def watch(self, operation: str, params: Params, caller: Caller) -> Callable[[], None] | None:
        """A call is about to be carried out; what is given back is called once it has succeeded."""


@runtime_checkable
class KnowsPlaces(Protocol):
    """It says of a place whether it is there, to services that look before they send anything."""

    def has_place(self, arn: str) -> bool:
        """Is there a place with this ARN?"""


@runtime_checkable
class Restarts(Protocol):
    """It has more than what it has accepted, and loses that when the cloud is started anew."""

    def restarted(self) -> None:
        """Let go of it."""


@runtime_checkable
class Listens(Protocol):
    """It has places where services announce what happens, whether anybody listens or not."""

    def wants(self, place: str, event: Mapping[str, Any]) -> bool:
        """Does anybody there listen for such an event?"""


@runtime_checkable
class AnswersLate(Protocol):
    """Some of its operations wait for something before they answer."""

    def seconds_max(self, operation: str, params: Params, caller: Caller) -> float:
        """No call takes longer: a client that waits as long surely gets its answer."""


@runtime_checkable
class Measures(Protocol):
    """It keeps metrics, which other services add to."""

    def measure(
        self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, at: float
    ) -> None:
        """One value, measured at a time in epoch seconds."""


@runtime_checkable
class Source(Protocol):
    """A source that an event source mapping pulls from."""

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
