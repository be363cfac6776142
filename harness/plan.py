"""The faults of a run and its seed: plain data, JSON, replayable.

A fault is a kind, a place and a time. This module holds the time and the form on disk; the kinds are the
modules of `harness.faults`, which register themselves here.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import wraps
from reprlib import repr as shortened
from typing import Any, ClassVar, Self, TypeVar

from harness.near import near
from harness.settings import (
    Checked,
    PlanError,
    build,
    expect_object,
    expect_only,
    fits,
    hints_of,
    read_json,
    to_data,
)

__all__ = [
    "FORMAT",
    "Counted",
    "Fault",
    "Plan",
    "PlanError",
    "fault_from_data",
    "fault_to_data",
    "kind",
    "kinds",
    "like",
]

FORMAT = 2
"""Number of the stored form. A reader refuses any other."""


@dataclass(frozen=True, kw_only=True)
class Fault(Checked):
    """One thing that goes wrong, as data. See `harness.faults` for the kinds.

    It begins `after_seconds`: virtual seconds since the run began or, for an injected fault, since the
    injection. `optional`: it may never act; any other fault that never acts fails its test.
    `in_deployment`: it also hits the deployment of an app.
    """

    after_seconds: float = 0.0
    optional: bool = False
    in_deployment: bool = False

    kind: ClassVar[str]

    @property
    def ends_at(self) -> float | None:
        """When its window is over; None: never."""
        return None

    def later_by(self, seconds: float) -> Self:
        """The same, for a fault that is injected so many seconds after the run began."""
        return replace(self, after_seconds=self.after_seconds + seconds) if seconds else self

    def check(self) -> None:
        if self.after_seconds < 0:
            raise PlanError(f"after_seconds={self.after_seconds}: a run begins at 0")


@dataclass(frozen=True, kw_only=True)
class Counted(Fault):
    """A fault that hits some of the occurrences at its place.

    `nth`: the first occurrence to hit, from 1. `times`: the number of occurrences to hit (None: all), up to
    `until_seconds` (virtual). `probability`: each of them is hit by chance under the plan's seed.
    """

    nth: int = 1
    times: int | None = 1
    until_seconds: float | None = None
    probability: float | None = None

    @property
    def ends_at(self) -> float | None:
        """When its window is over; None: never."""
        return self.until_seconds

    def later_by(self, seconds: float) -> Self:
        """The same, for a fault that is injected so many seconds after the run began."""
        until = None if self.until_seconds is None else self.until_seconds + seconds
        if not seconds:
            return self
        return replace(self, after_seconds=self.after_seconds + seconds, until_seconds=until)

    def check(self) -> None:
        super().check()
        if self.nth < 1:
            raise PlanError(f"nth={self.nth}: the first occurrence is 1")
        if self.times is not None and self.times < 1:
            raise PlanError(f"times={self.times}: at least 1, or None for every one")
        if self.until_seconds is not None and self.until_seconds <= self.after_seconds:
            raise PlanError(f"until_seconds={self.until_seconds}: must be later than after_seconds")
        if self.probability is not None and not 0 < self.probability <= 1:
            raise PlanError(f"probability={self.probability}: more than 0 and at most 1")


_TIME = tuple(field.name for field in (*fields(Counted), *fields(Fault)))


_KINDS: dict[str, type[Any]] = {}
F = TypeVar("F", bound=type[Any])


def kind(name: str) -> Callable[[F], F]:
    """Class decorator: registers a kind of fault under the name that plans use.

    Its constructor names arguments that it doesn't take, the nearest that it does, and those that it lacks.
    """

    def register(cls: F) -> F:
        cls.kind = name
        cls.__init__ = _naming_unknown(name, cls)
        _KINDS[name] = cls
        return cls

    return register


def _naming_unknown(name: str, cls: type[Any]) -> Any:
    made = cls.__init__
    signature = inspect.signature(made)

    @wraps(made)
    def init(self: Any, *args: Any, **settings: Any) -> None:
        for setting in settings:
            if setting not in hints_of(cls):
                raise TypeError(f"{name}() takes no {setting!r}{near(setting, hints_of(cls))}")
        try:
            signature.bind(self, *args, **settings)
        except TypeError as problem:
            raise TypeError(f"{name}(): {problem}") from None
        made(self, *args, **settings)

    return init


def kinds() -> Mapping[str, type[Any]]:
    """The kinds of fault there are, by name."""
    return dict(_KINDS)


@dataclass(frozen=True)
class Plan:
    """The faults of a run and its seed.

    >>> Plan.from_json('{"format": 2, "seed": 7, "faults": []}')
    Plan(seed=7, faults=())
    """

    seed: int = 0
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        if not fits(int, self.seed):
            raise PlanError(
                f"Plan: expected seed=, a whole number, found {shortened(self.seed)}; faults= are apart"
            )

    def to_data(self) -> dict[str, Any]:
        """The plan as JSON-able data; settings left at their default are left out."""
        return {"format": FORMAT, "seed": self.seed, "faults": [fault_to_data(f) for f in self.faults]}

    def to_json(self) -> str:
        """The plan in one line."""
        return json.dumps(self.to_data(), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read what `to_json` wrote, strictly. Raises `PlanError` naming what is wrong and where."""
        return cls.from_data(read_json(text, "plan"))

    @classmethod
    def from_data(cls, data: Any) -> Plan:
        """Like `from_json`, from data that is parsed already."""
        expect_object(data, "plan")
        expect_only(data, {"format", "seed", "faults"}, "plan")
        _expect_format(data.get("format"))
        seed, faults = data.get("seed", 0), data.get("faults", [])
        if not fits(int, seed):
            raise PlanError(f"plan.seed: expected a whole number, found {shortened(seed)}")
        if not isinstance(faults, list):
            raise PlanError(f"plan.faults: expected a list, found {shortened(faults)}")
        return cls(seed, tuple(fault_from_data(f, f"plan.faults[{i}]") for i, f in enumerate(faults)))


def _expect_format(found: Any) -> None:
    if fits(int, found) and found == 1:
        raise PlanError(
            "plan.format: expected 2, found 1: an older version wrote this plan; "
            "run the scenario again for a plan that can be replayed"
        )
    if found is None:
        raise PlanError(f'plan.format is missing; a plan begins so: {{"format": {FORMAT}, …')
    if not fits(int, found) or found != FORMAT:
        raise PlanError(f"plan.format: expected {FORMAT}, found {shortened(found)}")


def fault_to_data(fault: Fault) -> dict[str, Any]:
    """A fault as JSON-able data: its kind, its place and what else is said of it, then its time."""
    told = to_data(fault)
    time = {name: told.pop(name) for name in _TIME if name in told}
    return {"kind": fault.kind, **told, **time}


def fault_from_data(data: Any, where: str = "fault") -> Fault:
    """Read what `fault_to_data` wrote, strictly."""
    expect_object(data, where)
    name = data.get("kind")
    if not isinstance(name, str) or name not in _KINDS:
        raise PlanError(f"{where}.kind: unknown kind {shortened(name)}{near(name, _KINDS)}")
    fault: Fault = build(_KINDS[name], {k: v for k, v in data.items() if k != "kind"}, where)
    return fault


def like(pattern: str | None, value: str | None) -> bool:
    """Does the value match the pattern? None matches anything."""
    if pattern is None or pattern == value:
        return True
    return value is not None and ("*" in pattern or "?" in pattern) and fnmatchcase(value, _no_sets(pattern))


def _no_sets(pattern: str) -> str:
    return pattern.replace("[", "[[]")
