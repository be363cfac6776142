"""Places of faults that are the cloud's own: all of it, or the network between it and those who call it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar, Self, TypeGuard

from harness import aws
from harness.faults import errors
from harness.faults.decision import Decision
from harness.faults.places import PlacedFault, named
from harness.faults.sites import TEST, Call, Hop, Site
from harness.history.places import Place
from harness.plan import Counted, PlanError, like

_ELSEWHERE = frozenset(each.requests for each in aws.services().values() if not each.in_cloud)
"""Calls that don't go to the cloud."""


def _is_call(site: Site) -> TypeGuard[Call]:
    """Is it a call of the cloud, and not only to see how things stand?"""
    return isinstance(site, Call) and not site.looks and site.operation not in _ELSEWHERE


def check_trigger(on: str | None) -> None:
    """Raise `PlanError` for what is no operation of the cloud."""
    if on is None:
        return
    service, colon, name = on.partition(":")
    if not (service and colon and name):
        raise PlanError(f'on="{on}": expected "service:Operation", as in "sqs:SendMessage"')
    errors.check_operation(on)
    if any(each.startswith(f"{service}:") for each in _ELSEWHERE):
        raise PlanError(f'on="{on}": a third party is not in the cloud; name a call to an AWS service')


@dataclass(frozen=True, kw_only=True)
class OnCloud(PlacedFault, Counted):
    """A fault of the whole cloud: for `for_seconds` it does nothing.

    It begins with the first call of the app, or delivery, from `after_seconds` on; or, if `on` names an
    operation like "sqs:SendMessage", with the `nth` call of that, the test's own included.
    """

    on: str | None = None
    for_seconds: float = 5.0

    sites: ClassVar[tuple[type[Site], ...]] = (Call, Hop)
    amounts: ClassVar[tuple[str, ...]] = ("for_seconds",)

    @property
    def loses_state(self) -> bool:
        """Is what the cloud had accepted lost?"""
        return False

    @property
    def passes(self) -> bool:
        """It is over after a while; what is lost meanwhile is no dead letter, though."""
        return not self.loses_state

    def is_at(self, site: Site) -> bool:
        if self.on is None:
            return isinstance(site, Hop) or (_is_call(site) and site.actor != TEST)
        return _is_call(site) and like(self.on, site.operation)

    def check(self) -> None:
        super().check()
        check_trigger(self.on)
        if self.for_seconds <= 0:
            raise PlanError(f"for_seconds={self.for_seconds}: must be more than 0")
        if self.times is None:
            raise PlanError("times=None: a cloud that stops at every call does nothing; pass a number")


@dataclass(frozen=True)
class OnNetwork(PlacedFault):
    """A fault of the network between the cloud and `actor`: a function's logical id, `*` and `?` are
    wildcards; None: all but the test. What the cloud does itself, as a state machine, gets through; so do
    requests to third parties.

    From `after_seconds` on, `for_seconds` long (None: to the end). If `on` names an operation like
    "sqs:SendMessage", it begins with the `nth` call of that, whoever makes it.
    """

    actor: str | None = None
    _: KW_ONLY
    on: str | None = None
    nth: int = 1
    for_seconds: float | None = None

    sites: ClassVar[tuple[type[Site], ...]] = (Call,)
    amounts: ClassVar[tuple[str, ...]] = ("for_seconds",)

    @property
    def ends_at(self) -> float | None:
        """The end of its window; None: never, or nobody knows yet."""
        waits = self.on is not None or self.for_seconds is None
        return None if waits else self.after_seconds + (self.for_seconds or 0.0)

    @property
    def passes(self) -> bool:
        """It passes if it ends."""
        return self.for_seconds is not None

    def begun(self, now_seconds: float) -> Self:
        """The same, which has begun at this moment."""
        return replace(self, on=None, nth=1, after_seconds=now_seconds)

    def opens_at(self, site: Site) -> bool:
        """Is this a call with which it may begin?"""
        return _is_call(site) and like(self.on, site.operation)

    def is_at(self, site: Site) -> bool:
        if not _is_call(site) or site.unexposed:
            return False
        return site.actor != TEST if self.actor is None else like(self.actor, site.actor)

    def why_never(self, places: Mapping[str, Place]) -> str:
        actors = named(self.actor, places)
        if not actors or not all(place.calls_inside for place in actors):
            return ""
        return f"{actors[0].name} is in the cloud, and no network is between; name a function"

    def check(self) -> None:
        super().check()
        check_trigger(self.on)
        if self.nth < 1:
            raise PlanError(f"nth={self.nth}: the first call is 1")
        if self.on is None and self.nth != 1:
            raise PlanError(f"nth={self.nth}: nth= counts calls of on=; pass on=, too")
        if self.for_seconds is not None and self.for_seconds <= 0:
            raise PlanError(f"for_seconds={self.for_seconds}: must be more than 0, or None for no end")

    def decide(self, call: Call) -> Decision:
        raise NotImplementedError
