"""Places of faults: a base for each door, whose fields are the place.

A fault is one class: its fields are the arguments of its constructor and its stored form, `decide` says what
goes wrong at one site, `candidates` where it can land, `milder` how it is made smaller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from itertools import product
from typing import Any, ClassVar, Self

from harness import aws
from harness.aws import Role, arns
from harness.faults import errors
from harness.faults.decision import Decision
from harness.faults.ends import Ends
from harness.faults.points import CallPoint, Candidate, Point
from harness.faults.sites import TEST, Call, Hop, Invocation, MachineRun, Site, StateEntry
from harness.history.places import Place
from harness.plan import Counted, Fault, PlanError, like

WITHIN = (
    "the service itself moves messages there, each once, and nothing refuses or copies them; "
    "delay_hop and reorder hold them up"
)
"""Why most faults can't be on the way from a queue to its dead-letter queue."""


class PlacedFault(Fault):
    """A fault as the doors and the exploration know it."""

    sites: ClassVar[tuple[type[Site], ...]] = ()
    """The types of site that it can hit."""

    amounts: ClassVar[tuple[str, ...]] = ()
    """Its numbers that say how much goes wrong."""

    acts_where: ClassVar[str] = "no other fault has already hit the same thing"
    """The condition for its effect, as the end of the sentence "it acts where …"."""

    leaves_undone: ClassVar[bool] = False
    """Does work stay half done under it, which no code of an app can finish or undo until somebody acts?"""

    @property
    def passes(self) -> bool:
        """Is it over after a while, so that what it hit must end applied?

        What goes on without end stays: a message that it keeps from being handled may end as a dead letter.
        """
        endless = self.times is None if isinstance(self, Counted) else True
        return not endless or self.ends_at is not None

    def is_at(self, site: Site) -> bool:
        """Is this its place?"""
        raise NotImplementedError

    def decide(self, site: Any) -> Decision:
        """The decision about one site."""
        raise NotImplementedError

    def sticks_to(self, site: Site) -> tuple[str, ...]:
        """Marks that this site shares with later attempts at the same thing, which are hit as it is."""
        return ()

    def why_not(self, ends: Ends) -> str:
        """Why nothing can do this to deliveries between such places, and what can be done; "" if it can."""
        return ""

    def why_never(self, places: Mapping[str, Place]) -> str:
        """Why this can't be done where these places are; "" if it can, or if nobody knows yet."""
        return ""

    @classmethod
    def candidates(cls, point: Point) -> Iterable[Candidate]:
        """Faults of this kind that hit exactly this point."""
        return ()

    @property
    def amount(self) -> float:
        """The size of the fault."""
        return sum(abs(float(getattr(self, name) or 0)) for name in self.amounts)

    def milder(self) -> Iterator[Self]:
        """The same fault with half as much going wrong."""
        for name in self.amounts:
            amount = getattr(self, name)
            if amount is not None and abs(amount) > 1:
                yield replace(self, **{name: round(amount / 2, 3)})


@dataclass(frozen=True)
class OnCall(PlacedFault, Counted):
    """A fault on API calls: `operation` like "dynamodb:PutItem" or "sqs:*".

    `resource` and `actor` are logical ids of the template, or `actor` is "test"; `region` is a name such as
    "eu-west-1". None: any. `*` and `?` are wildcards, as in IAM policies.
    """

    operation: str
    _: KW_ONLY
    resource: str | None = None
    actor: str | None = None
    region: str | None = None

    sites: ClassVar[tuple[type[Site], ...]] = (Call,)

    def is_at(self, site: Site) -> bool:
        return (
            isinstance(site, Call)
            and (not site.looks or self.actor == TEST)
            and like(self.operation, site.operation)
            and any(like(self.resource, resource) for resource in (site.resource, *site.others))
            and like(self.actor, site.actor)
            and like(self.region, site.region)
        )

    def check(self) -> None:
        super().check()
        service, colon, name = self.operation.partition(":")
        if not (service and colon and name):
            raise PlanError(
                f'operation="{self.operation}": expected "service:Operation", as in "sqs:SendMessage"'
            )
        errors.check_operation(self.operation)

    @classmethod
    def _at(cls, point: CallPoint, **settings: Any) -> Self:
        """One that hits this call and no other."""
        place = {"resource": point.resource, "actor": point.actor, "nth": point.number}
        return cls(point.operation, **{**place, **settings})


@dataclass(frozen=True, kw_only=True)
class OnTries(OnCall):
    """A fault on API calls that can hit every try which the SDK makes of one call.

    `outlasting_retries`: it does, so the SDK's retries are used up and the code sees the error.
    """

    outlasting_retries: bool = False

    def sticks_to(self, site: Site) -> tuple[str, ...]:
        """The SDK's own name for the call, by which it marks its tries."""
        tries = self.outlasting_retries and isinstance(site, Call) and site.invocation_id
        return (tries,) if tries else ()

    @classmethod
    def _at_all_tries(cls, point: CallPoint) -> Self:
        """One that hits this call and all its tries."""
        return cls._at(point, outlasting_retries=True, nth=point.logical)


@dataclass(frozen=True)
class OnHop(PlacedFault, Counted):
    """A fault on deliveries from `source` to `target`: logical ids, None for any; `*`, `?` are wildcards."""

    source: str | None = None
    target: str | None = None

    sites: ClassVar[tuple[type[Site], ...]] = (Hop,)

    def is_at(self, site: Site) -> bool:
        return isinstance(site, Hop) and like(self.source, site.source) and like(self.target, site.target)

    def why_not(self, ends: Ends) -> str:
        return WITHIN if ends.within else ""

    def why_never(self, places: Mapping[str, Place]) -> str:
        return never_between(self, self.source, self.target, places)


def never_between(
    fault: PlacedFault, source: str | None, target: str | None, places: Mapping[str, Place]
) -> str:
    """Why this can't be done to any delivery from `source` to `target`; "" if it can to some."""
    sources, targets = named(source, places), named(target, places)
    for found in (sources, targets):
        if found and not any(place.role for place in found):
            return f"no message comes to {found[0].name}"
    anywhere: tuple[Place | None, ...] = (None,)
    pairs = product(sources or anywhere, targets or anywhere)
    reasons = [fault.why_not(Ends.of(*pair)) for pair in pairs]
    return reasons[0] if all(reasons) else ""


def named(pattern: str | None, places: Mapping[str, Place]) -> list[Place]:
    """The places that a pattern names, as far as they are known."""
    if pattern is None:
        return []
    return [place for name, place in sorted(places.items()) if like(pattern, name)]


@dataclass(frozen=True)
class OnInvocation(PlacedFault, Counted):
    """A fault on runs of a `function`, by its logical id; None for any, `*` and `?` are wildcards."""

    function: str | None = None

    sites: ClassVar[tuple[type[Site], ...]] = (Invocation,)

    def is_at(self, site: Site) -> bool:
        return isinstance(site, Invocation) and like(self.function, site.function)

    def why_never(self, places: Mapping[str, Place]) -> str:
        found = named(self.function, places)
        if not found or any(place.role is Role.RUNS for place in found):
            return ""
        return f"nothing runs in {found[0].name}; name the function"


@dataclass(frozen=True)
class OnExecution(PlacedFault, Counted):
    """A fault on executions of a state `machine`: a logical id, None for any; `*`, `?` are wildcards."""

    machine: str | None = None

    sites: ClassVar[tuple[type[Site], ...]] = (MachineRun,)

    def is_at(self, site: Site) -> bool:
        return isinstance(site, MachineRun) and like(self.machine, site.machine)

    def why_never(self, places: Mapping[str, Place]) -> str:
        found = named(self.machine, places)
        if not found or any(place.role is Role.RUNS for place in found):
            return ""
        return f"nothing runs in {found[0].name}; name the state machine"


@dataclass(frozen=True)
class OnState(OnExecution):
    """A fault on executions that enter a `state` of a `machine`; None for any state."""

    state: str | None = None

    sites: ClassVar[tuple[type[Site], ...]] = (StateEntry,)

    def is_at(self, site: Site) -> bool:
        return (
            isinstance(site, StateEntry) and like(self.machine, site.machine) and like(self.state, site.state)
        )


@dataclass(frozen=True)
class OnService(PlacedFault):
    """A fault of a whole `service`, like "sqs": of calls to it, and of deliveries that begin or end there.

    `resource` (a logical id; `*` and `?` as wildcards) and `region` narrow it.
    """

    service: str
    resource: str | None = None
    _: KW_ONLY
    region: str | None = None

    sites: ClassVar[tuple[type[Site], ...]] = (Call, Hop)

    def is_at(self, site: Site) -> bool:
        if isinstance(site, Call):
            service = site.operation.partition(":")[0]
            return self._is_about(service, (site.resource, *site.others), site.region)
        return isinstance(site, Hop) and any(
            self._is_about(service, (name,), region) for service, name, region in _ends(site)
        )

    def _is_about(self, service: str, resources: Iterable[str | None], region: str) -> bool:
        return (
            like(self.service, service)
            and like(self.region, region)
            and any(like(self.resource, resource) for resource in resources)
        )

    def check(self) -> None:
        super().check()
        if not self.service or ":" in self.service:
            raise PlanError(f'service="{self.service}": expected the name of a service, as in "sqs"')
        errors.check_service(self.service)


def _ends(hop: Hop) -> Iterator[tuple[str, str, str]]:
    """Service, name and region of where a delivery begins and where it ends."""
    for text, name in ((hop.source_arn, hop.source), (hop.target_arn, hop.target)):
        arn, service = arns.parse(text), aws.service_of(text)
        if arn is not None and service is not None:
            yield service.name, name, arn.region


def all_pass(faults: Iterable[Fault]) -> bool:
    """Do all of these pass, so that every message must end applied?"""
    return all(isinstance(fault, PlacedFault) and fault.passes for fault in faults)
