"""The surroundings of a service: time, the history, names, and the door for deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness import aws
from harness.aws import Role
from harness.history import Names, Recorder
from harness.sim.kernel import Kernel
from harness.sim.services.held import HeldByMoto
from harness.sim.services.service import OUTSIDE, Mover, Source, Watches, follows
from harness.sim.services.shards import Streams

if TYPE_CHECKING:
    from harness.sim.calls import Calls
    from harness.sim.hops import Hops
    from harness.sim.requests import Requests
    from harness.sim.sandbox import Sandbox

ACCOUNT = "123456789012"
REGION = "us-east-1"


@dataclass
class World:
    """One simulated cloud: its movers in `services`, what moto holds for it, where functions run, its doors.

    `strict_order`: standard queues don't reorder on their own.
    """

    kernel: Kernel
    recorder: Recorder
    names: Names
    hops: Hops
    account: str = ACCOUNT
    region: str = REGION
    strict_order: bool = False
    services: dict[str, Mover] = field(default_factory=dict)
    sandbox: Sandbox = field(init=False)
    held: HeldByMoto = field(init=False)
    calls: Calls = field(init=False)
    requests: Requests = field(init=False)
    _owners: dict[str, Mover | None] = field(init=False, default_factory=dict)
    _known_roles: dict[tuple[str, str], tuple[Mover | None, Watches | None]] = field(
        init=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        self.held = HeldByMoto(self.account, lambda: self.kernel.elapsed, self.services)

    def owner(self, place: str) -> Mover | None:
        """The mover that takes what is delivered to a place, an ARN or an address outside of the cloud."""
        try:
            return self._owners[place]
        except KeyError:
            owner = self._owners[place] = self._owner(place)
            return owner

    def _owner(self, place: str) -> Mover | None:
        role, service = aws.role_of(place), aws.service_of(place)
        if role is None:
            return None
        found = self.services.get(service.name) if service is not None else None
        return self.services.get(OUTSIDE) if found is None and role is Role.LEAVES else found

    def performer(self, service: str, operation: str) -> Mover | None:
        """The mover that carries out an operation; None: moto does, if anything."""
        return self.roles(service, operation)[0]

    def watcher(self, service: str, operation: str) -> Watches | None:
        """The mover that is told of an operation which moto carries out."""
        return self.roles(service, operation)[1]

    def roles(self, service: str, operation: str) -> tuple[Mover | None, Watches | None]:
        """Both of them."""
        key = service, operation
        known = self._known_roles.get(key)
        if known is None:
            mover = self.services.get(service)
            known = mover, None
            is_motos = mover is not None and operation not in mover.operations
            if is_motos and follows(mover, Watches):
                known = None, mover
            self._known_roles[key] = known
        return known

    def source(self, arn: str) -> Source:
        """The source that a mapping pulls from. Raises `LookupError` if there is none of that name."""
        mover = self.owner(arn)
        if not follows(mover, Source):
            raise LookupError(f"{arn} is not an event source of this cloud")
        return mover

    def streams(self, arn: str) -> Streams:
        """The service that has a stream. Raises `LookupError` if the ARN is that of no stream."""
        mover = self.owner(arn)
        if not isinstance(mover, Streams):
            raise LookupError(f"{arn} is not a stream of this cloud")
        return mover
