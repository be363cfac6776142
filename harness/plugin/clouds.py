"""The clouds that tests run on: as they are, plus what only a test run knows."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key

from harness import garbage
from harness.app import sam
from harness.app.parts import find_templates
from harness.cloud import Unsupported
from harness.faults import Plan
from harness.faults.cloud_places import OnCloud
from harness.localstack.install import needs
from harness.near import Suggests
from harness.plugin import options
from harness.plugin.runs import ControlNeeded, Run
from harness.plugin.scenario import declared_by
from harness.sim.sandbox import watchdog
from harness.sim.services import MOVERS
from harness.sim.services.service import OUTSIDE
from harness.sim.simulator import Simulator

if TYPE_CHECKING:
    from harness.app.handle import App
    from harness.app.parts import Templates
    from harness.faults.active import ActivePlan
    from harness.history import History
    from harness.localstack.sharing import Options, Running


class CloudUnderTest(Suggests):
    """A cloud in a test run: it finds templates, and knows the control run and how to replay.

    Stands before a cloud's own class among the bases; `prepare` tells what only the test run knows.
    """

    called = "the cloud"

    name: str
    seed: int
    active_plan: ActivePlan
    is_control_run: bool

    def prepare(
        self, run: Run, folders: Sequence[Path], replay_line: str, always_ignore: Sequence[str] = ()
    ) -> None:
        """The run, the folders of templates, the line that replays the run, and what is always ignored."""
        self.is_control_run = run.is_control
        self.replay_line = replay_line
        self.apps_deployed = 0
        self.logical_ids: set[str] = set()
        self._run = run
        self._folders = tuple(folders)
        self._always_ignore = tuple(always_ignore)
        if run.to_come is not None and not run.is_control:
            self.active_plan = run.to_come.placed(self.unwatched)

    @property
    def current_plan(self) -> Plan:
        """The faults so far: the plan's, the scenario's and the injected ones."""
        return Plan(self.seed, tuple(self.active_plan.faults))

    def deploy(
        self,
        template: Templates,
        *,
        parameters: Mapping[str, str] | None = None,
        ignore: Sequence[str] = (),
        name: str | None = None,
        always_ignore: Sequence[str] = (),
    ) -> App:
        """Deploy a template; a relative path is taken from the test's folder, then from the run's root."""
        self.apps_deployed += 1
        app: App = super().deploy(  # type: ignore[misc]
            find_templates(template, *self._folders),
            parameters=parameters,
            ignore=ignore,
            name=name,
            always_ignore=(*self._always_ignore, *always_ignore),
        )
        self.logical_ids |= set(app.types)
        return app

    def inject(self, fault: Any) -> None:
        """From now on, this goes wrong; in a control run nothing does."""
        if not self.is_control_run:
            super().inject(fault)  # type: ignore[misc]

    @property
    def can_have_control(self) -> bool:
        """Is there a control run, or can there be one?"""
        return self._run.control is not None or self._run.can_repeat

    def control_history(self) -> History:
        """The history of this test without any fault.

        Ends the test if that isn't known yet: it is then run without faults, and once more as it is.
        """
        run = self._run
        if run.control is not None:
            return run.control
        if not run.can_repeat:
            raise RuntimeError(
                "a control run is needed, but the test can't be repeated: it must take the `cloud` "
                "fixture, or one that uses it, as an argument, and no other plugin may rerun it"
            )
        run.needs_control = True
        raise ControlNeeded("this test runs once without faults, and then again")

    if TYPE_CHECKING:

        @property
        def elapsed(self) -> float: ...

        def history(self) -> History: ...

        def unwatched(self) -> AbstractContextManager[None]: ...

        def __enter__(self) -> Self: ...

        def __exit__(self, *args: object) -> None: ...


class SimulatorUnderTest(CloudUnderTest, Simulator):
    """The simulator in a test run."""


@cache
def load_modules() -> None:
    """Import what every run on the simulator needs."""
    garbage.left_at_exit()
    with garbage.not_while_loading():
        for name in ("harness.app.deployment", "harness.expectations"):
            import_module(name)
        list(MOVERS.values())


@cache
def load_simulator() -> None:
    """Import and prepare what every run on the simulator needs, before processes are forked for them."""
    from harness.plugin.rehearsal import rehearse

    load_modules()
    sam.load_if_needed()
    with Simulator() as cloud:
        for service in MOVERS.keys() - {OUTSIDE}:
            cloud.client(service)
    rehearse()


def cloud_for(item: pytest.Item, run: Run) -> CloudUnderTest:
    """The cloud that a test is to run on, with its seed and plan."""
    config = item.config
    given = run.plan or options.plan(config)
    declared = declared_by(item)
    seed: int | None = run.plan.seed if run.plan else config.getoption("seed")
    if seed is None and declared is not None:
        seed = declared.seed
    if seed is None:
        seed = given.seed if given is not None else 0
    faults = (*(given.faults if given else ()), *(declared.faults if declared else ()))
    exclusive = item.get_closest_marker("exclusive") is not None or any(map(_stops_all, faults))
    cloud = _new_cloud(config, seed, Plan(seed, () if run.is_control else faults), exclusive=exclusive)
    folders = item.path.parent, config.rootpath
    cloud.prepare(run, folders, replay_line(item, seed), config.getini(options.IGNORE))
    return cloud


def _stops_all(fault: object) -> bool:
    """Does it do harm to everybody who uses the same container?"""
    return isinstance(fault, OnCloud)


def _new_cloud(config: pytest.Config, seed: int, plan: Plan, *, exclusive: bool = False) -> CloudUnderTest:
    name = options.cloud_name(config)
    if name == "sim":
        load_modules()
        watchdog.last_words = config.stash.get(fault_handler_stderr_fd_key, watchdog.last_words)
        return SimulatorUnderTest(seed=seed, plan=plan)
    if name.startswith(options.ENDPOINT):
        try:
            from harness.endpoint import Endpoint
        except ImportError as missing:
            raise needs(name, missing) from None

        class EndpointUnderTest(CloudUnderTest, Endpoint):
            """An endpoint in a test run."""

        return EndpointUnderTest(name.removeprefix(options.ENDPOINT), seed=seed, plan=plan)
    from harness.localstack.cloud import LocalStack
    from harness.localstack.sharing import CONTAINER

    class LocalStackUnderTest(CloudUnderTest, LocalStack):
        """LocalStack in a test run."""

    real_time: bool = config.getoption("real_time")
    alone = exclusive and name == CONTAINER
    return LocalStackUnderTest(
        kind=name,
        options=_localstack_options(config),
        running=None if alone else _running_localstack(config),
        exclusive=alone,
        real_time=real_time,
        seed=seed,
        plan=plan,
    )


_LEASE = pytest.StashKey["_Lease"]()
_NOT_RUNNING = pytest.StashKey[str]()
"""Why there is none: it is tried once in a worker, and each test that wants it says why."""


class _Lease:
    """This worker's part in a LocalStack, and in another one after that has ended.

    It is let go while xdist still waits for the worker; later it would be cut off.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._running: Running | None = None

    def running(self, kind: str, wanted: Options) -> Running:
        """One that runs. Raises `Unsupported`, and `NotReady`."""
        from harness.localstack.sharing import shared

        if self._running is not None and self._running.ended():
            self._let_go()
        if self._running is None:
            self._running = self._stack.enter_context(shared(kind, wanted))
        return self._running

    def _let_go(self) -> None:
        self._running = None
        try:
            self._stack.close()
        except Exception as problem:  # Docker may be gone, and the summary is to be told all the same
            warnings.warn(f"LocalStack could not be removed: {problem}", stacklevel=2)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self._let_go()


def _localstack_options(config: pytest.Config) -> Options:
    from harness.localstack.sharing import Options

    return Options(image=config.getoption("localstack_image"))


def _running_localstack(config: pytest.Config) -> Running:
    """The LocalStack of this test run: started for the first test that asks, shared with other workers."""
    if _NOT_RUNNING in config.stash:
        pytest.fail(config.stash[_NOT_RUNNING], pytrace=False)
    from harness.localstack.ports import NotReady

    if _LEASE not in config.stash:
        config.stash[_LEASE] = _Lease()
        config.pluginmanager.register(config.stash[_LEASE])
    try:
        wanted = _localstack_options(config)
        return config.stash[_LEASE].running(options.cloud_name(config), wanted)
    except (Unsupported, NotReady) as problem:
        config.stash[_NOT_RUNNING] = f"harness: {problem}"
        pytest.fail(config.stash[_NOT_RUNNING], pytrace=False)


def replay_line(item: pytest.Item, seed: int) -> str:
    """One line for a shell that makes the same run again."""
    plan = item.config.getoption("plan")
    cloud = options.cloud_name(item.config)
    words = ["pytest", item.nodeid, "--seed", str(seed), *(["--plan", plan] if plan else [])]
    words += [] if cloud == "sim" else ["--cloud", cloud]
    return f"PYTHONHASHSEED=0 {' '.join(_quoted(word) for word in words)}"


def _quoted(word: str) -> str:
    return f"'{word}'" if "::" in word and "'" not in word else shlex.quote(word)
