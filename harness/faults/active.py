"""A plan at work: matches, counts and chance, once for all kinds of fault.

The doors show every call, hop and invocation; the answer is what each fault that hits has decided. A fault
has fired when a door says that its decision had its effect.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from random import Random

from harness.faults.cloud_places import OnNetwork
from harness.faults.decision import PASSED, Decision
from harness.faults.places import PlacedFault
from harness.faults.sites import Call, Hop, Invocation, MachineRun, Site, StateEntry
from harness.history.places import Place
from harness.plan import Counted, Fault

Note = Callable[["Hit"], object]
"""Is told of each hit that acted, once, when it did."""

Earlier = Callable[[str], Collection[str]]
"""Gives the messages that one says again."""


@dataclass(eq=False, slots=True)
class Hit:
    """A fault's decision about one call, hop or invocation. `index` is its place in the plan.

    `until`: it hits everything up to then, or the cloud stands still until then.
    """

    index: int
    kind: str
    decision: Decision
    until: float | None
    _armed: _Armed
    _note: Note
    _acted: bool = False

    def acted(self) -> None:
        """It has its effect now: what it hit goes another way than without it. Counts once."""
        if not self._acted:
            self._acted = True
            self._armed.fired += 1
            self._note(self)


@dataclass(slots=True)
class _Armed:
    """One fault of the plan and what it has seen so far. `off`: it was switched off.

    `known`: for a fault that sticks to something, as to a message, whether it hits this one. `refusals`: the
    deliveries that it was meant for and isn't possible for, and why.
    """

    fault: PlacedFault
    chance: Random
    off: bool = False
    seen: int = 0
    chosen: int = 0
    hits: int = 0
    fired: int = 0
    known: dict[str, bool] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)

    @property
    def can_act(self) -> bool:
        """Is it not used up?"""
        times = self.fault.times if isinstance(self.fault, Counted) else None
        return not self.off and (times is None or self.chosen < times)

    @property
    def until(self) -> float | None:
        """The end of a window in which everything is hit."""
        once = isinstance(self.fault, Counted) and self.fault.times is not None
        return None if once else self.fault.ends_at


def lasting(until_seconds: float) -> str:
    """The words for a fault that goes on until then, where a run waits for it."""
    return f"a fault that lasts until +{until_seconds:.0f}s"


def _nobody(hit: Hit) -> None:
    """Nobody wants to know."""


def says_nothing(message: str) -> Collection[str]:
    """It says none again."""
    return ()


class ActivePlan:
    """The faults of one run while it goes on. `seed` drives those that hit by chance.

    `before`: so many faults of the plan come before these, and are at work elsewhere.
    """

    def __init__(self, seed: int, faults: tuple[Fault, ...] = (), before: int = 0) -> None:
        self._seed = seed
        self._before = before
        self._deploys = False
        self._armed: list[_Armed] = []
        self._as_given: list[PlacedFault] = []
        self.faults: list[PlacedFault] = []
        for fault in faults:
            self.add(fault)

    def __bool__(self) -> bool:
        return bool(self._armed)

    def add(self, fault: Fault, now_seconds: float = 0.0) -> int:
        """From now on, this goes wrong, too; its times count from now. Returns its index in the plan.

        What is kept in `faults` has its times counted from the beginning of the run, as plans have. Raises
        `TypeError` for anything but a fault.
        """
        index = self._before + len(self.faults)
        if not isinstance(fault, PlacedFault):
            raise TypeError(f"inject: {fault!r:.80} is not a fault; use harness.faults")
        self._as_given.append(fault)
        fault = fault.later_by(now_seconds)
        self.faults.append(fault)
        self._armed.append(_Armed(fault, Random(f"{self._seed}/{index}")))
        return index

    def as_given(self, index: int) -> PlacedFault:
        """This fault in the words of who added it: its times count from then."""
        return self._as_given[index]

    @contextmanager
    def deploying(self) -> Iterator[None]:
        """An app is deployed inside: only faults hit that which are meant for it."""
        before, self._deploys = self._deploys, True
        try:
            yield
        finally:
            self._deploys = before

    def switch_off(self, index: int) -> None:
        """This fault hits nothing any more."""
        self._armed[index].off = True

    def is_off(self, index: int) -> bool:
        """Was it switched off?"""
        return self._armed[index].off

    def fired(self, index: int) -> int:
        """The number of times that this fault has acted."""
        return self._armed[index].fired

    def hits(self, index: int) -> int:
        """The number of its decisions, whether or not they had an effect."""
        return self._armed[index].hits

    def impossible(self, places: Mapping[str, Place]) -> str:
        """The first fault that can't be done where these places are, and why; "" if there is none."""
        for armed in self._armed:
            if why := armed.fault.why_never(places):
                return f"{armed.fault.kind}: {why}"
        return ""

    def refusals(self, index: int) -> Mapping[str, str]:
        """The deliveries at its place to which this fault can't be done, and why."""
        return self._armed[index].refusals

    def unfired(self) -> list[int]:
        """Places in the plan of the faults that never acted and aren't optional."""
        never = enumerate(self._armed, self._before)
        return [index for index, armed in never if not armed.fired and not armed.fault.optional]

    def open_until(self, now_seconds: float) -> float | None:
        """The end of the latest window that is open and whose fault isn't used up; None: there is none."""
        ends = [
            armed.fault.ends_at
            for armed in self._armed
            if _is_now(armed.fault, now_seconds) and armed.can_act
        ]
        return max((end for end in ends if end is not None), default=None)

    def on_call(self, call: Call, now_seconds: float, note: Note = _nobody) -> list[Hit]:
        """The hits on this call. `note` is told of each that acts."""
        return list(self._judge(call, now_seconds, note, self._deploys))

    def on_hop(
        self, hop: Hop, now_seconds: float, note: Note = _nobody, earlier: Earlier = says_nothing
    ) -> list[Hit]:
        """The hits on this delivery. `earlier` gives the messages that one of its messages says again."""
        return list(self._judge(hop, now_seconds, note, self._deploys, earlier))

    def on_invocation(self, invocation: Invocation, now_seconds: float, note: Note = _nobody) -> list[Hit]:
        """The hits on this invocation."""
        return list(self._judge(invocation, now_seconds, note, self._deploys))

    def on_execution(self, execution: MachineRun, now_seconds: float, note: Note = _nobody) -> list[Hit]:
        """The hits on this execution."""
        return list(self._judge(execution, now_seconds, note, self._deploys))

    def on_state(self, entry: StateEntry, now_seconds: float, note: Note = _nobody) -> list[Hit]:
        """The hits on this state."""
        return list(self._judge(entry, now_seconds, note, self._deploys))

    def _judge(
        self, site: Site, now_seconds: float, note: Note, deploys: bool, earlier: Earlier = says_nothing
    ) -> Iterator[Hit]:
        for index, armed in enumerate(self._armed, self._before):
            if deploys and not armed.fault.in_deployment:
                continue
            if isinstance(armed.fault, OnNetwork) and not _has_begun(armed, armed.fault, site, now_seconds):
                continue
            if armed.off or not armed.fault.is_at(site) or not _is_now(armed.fault, now_seconds):
                continue
            if isinstance(site, Hop) and (why := armed.fault.why_not(site.ends)):
                armed.refusals.setdefault(f"{site.source} → {site.target}", why)
                continue
            decision = _decide(armed, site, earlier)
            if decision.action != "pass":
                armed.hits += 1
                until = now_seconds + decision.seconds if decision.action == "stop" else armed.until
                yield Hit(index, armed.fault.kind, decision, until, armed, note)


def _decide(armed: _Armed, site: Site, earlier: Earlier) -> Decision:
    """The fault's decision here; only sites about which it decides something count. It sticks to a message
    that is sent on as it is, too."""
    fault = armed.fault
    decision = fault.decide(site)
    if decision.action == "pass":
        return PASSED
    keys = fault.sticks_to(site)
    if not keys:
        return decision if _is_due(armed) else PASSED
    for key in keys:
        if key not in armed.known:
            again = armed.chosen and any(armed.known.get(each) for each in earlier(key))
            armed.known[key] = bool(again) or _is_due(armed)
    chosen = tuple(key for key in keys if armed.known[key])
    if not chosen:
        return PASSED
    return fault.decide(replace(site, marked=chosen)) if isinstance(site, Hop) else decision


def _has_begun(armed: _Armed, fault: OnNetwork, site: Site, now_seconds: float) -> bool:
    """Has a fault begun that goes on from a call? It may do so with this one."""
    if fault.on is None:
        return True
    if armed.off or not fault.opens_at(site) or not _is_now(fault, now_seconds):
        return False
    armed.seen += 1
    if armed.seen < fault.nth:
        return False
    armed.fault = fault.begun(now_seconds)
    return True


def _is_due(armed: _Armed) -> bool:
    fault = armed.fault
    if not isinstance(fault, Counted):
        return True
    armed.seen += 1
    if armed.seen < fault.nth or (fault.times is not None and armed.chosen >= fault.times):
        return False
    if fault.probability is not None and armed.chance.random() >= fault.probability:
        return False
    armed.chosen += 1
    return True


def _is_now(fault: Fault, now_seconds: float) -> bool:
    return fault.after_seconds <= now_seconds < (inf if fault.ends_at is None else fault.ends_at)
