"""The plugin's state of one test: its attempts, control run and history."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from harness.history import History
    from harness.plan import Plan
    from harness.plugin.clouds import CloudUnderTest
    from harness.plugin.snapshots import PlanToCome


T = TypeVar("T")

CONTROLS_MAX = 8
"""Enough for the interleavings of one campaign."""


class NoInvariantWarning(pytest.PytestWarning):
    """A test deployed an app and never asked `expect(app)` for an invariant."""


class UnnoticedWarning(pytest.PytestWarning):
    """Something goes wrong in the app without any fault, and nobody in it notices."""


class ControlNeeded(BaseException):
    """Raised to end a test that has asked for its control run, which doesn't exist yet.

    Not an `Exception`: the test's own `except` clauses are not meant.
    """


class IdleStubWarning(pytest.PytestWarning):
    """A test answers for a third party that nothing was sent to."""


@dataclass
class Run:
    """One test, over its attempts: as it is, without faults, and as it is once more.

    `plan` is what a campaign puts it under; None if there is none. `can_repeat`: this attempt may still be
    given up for a control run. `control`: what happened there. `to_come` takes the place of the plan in a
    snapshot.
    """

    plan: Plan | None = None
    can_repeat: bool = False
    is_control: bool = False
    needs_control: bool = False
    control: History | None = None
    history: History | None = None
    cloud: CloudUnderTest | None = None
    name: str = ""
    stored_as: Path | None = None
    to_come: PlanToCome | None = None
    _chance: Any = None

    def keep(self, history: History) -> None:
        """The attempt is over: this is what happened."""
        if self.is_control:
            self.control = history
        else:
            self.history = history

    def remember_chance(self) -> None:
        """With a cloud, `random` draws from the run's seed, and nobody else may seed it."""
        self._chance = random.getstate() if self.cloud is not None else None

    def restore_chance(self) -> None:
        """Go on where `remember_chance` was called."""
        if self._chance is not None:
            random.setstate(self._chance)
            self._chance = None

    def release(self) -> None:
        """The attempt has been torn down: don't hold its cloud until the end of the test run."""
        self.cloud = self.history = None
        if not self.is_control:
            self.control = None

    def store(self, config: pytest.Config) -> None:
        """Write the history of the attempt that counts where `--history` says."""
        folder = config.getoption("history")
        if not folder or self.is_control or self.needs_control or self.history is None:
            return
        self.stored_as = self.file(config)
        assert self.stored_as is not None
        self.stored_as.parent.mkdir(parents=True, exist_ok=True)
        self.stored_as.write_text(self.history.to_json(), encoding="utf-8")

    def file(self, config: pytest.Config) -> Path | None:
        """The file for the history of this test, if it is stored."""
        folder = config.getoption("history")
        return Path(folder) / f"{file_name(self.name)}.jsonl" if folder else None


def with_control(run: Run, attempt: Callable[[], T], *, foreseen: bool = False) -> T:
    """Make a run. If it asks for its control run, that is made, and then the run once more.

    `foreseen`: it looks as if it were going to ask, so the control run is made before it.
    """
    if foreseen:
        _make_control(run, attempt)
    run.can_repeat = True
    result = attempt()
    if not run.needs_control:
        return result
    run.needs_control = False
    _make_control(run, attempt)
    return attempt()


def _make_control(run: Run, attempt: Callable[[], T]) -> None:
    run.is_control = True
    attempt()
    run.is_control = False


@dataclass
class Controls:
    """The control runs of a scenario that were used last, by their seeds. Each plan of a swarm has a seed of
    its own, so they aren't all kept."""

    _kept: dict[int, History] = field(default_factory=dict)

    def get(self, seed: int) -> History | None:
        """The one of this seed, if it is known."""
        return self._kept.get(seed)

    def keep(self, seed: int, control: History | None) -> None:
        """Remember one for a while."""
        if control is not None:
            self._kept.pop(seed, None)
            self._kept[seed] = control
            while len(self._kept) > CONTROLS_MAX:
                del self._kept[next(iter(self._kept))]


_RUN = pytest.StashKey[Run]()


def run_of(item: pytest.Item) -> Run:
    """The run of this test."""
    if _RUN not in item.stash:
        item.stash[_RUN] = Run(name=item.nodeid)
    return item.stash[_RUN]


def file_name(node_id: str) -> str:
    """A name for a file, readable and different for each test.

    >>> file_name("scenarios/test_orders.py::test_once[a]")
    'scenarios-test_orders.py-test_once-a-2a87f1b6'
    """
    words = re.sub(r"[^A-Za-z0-9_.]+", "-", node_id).strip("-.")
    return f"{words[:120]}-{sha256(node_id.encode()).hexdigest()[:8]}"
