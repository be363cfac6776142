"""Execution environments: reused while warm, started when none is idle, lost after idling.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from harness.sim.sandbox.runtimes import check_runs
from harness.sim.sandbox.shapes import FunctionCode
from harness.sim.services.lambda_.model.code import HOT_RELOAD, Code
from harness.sim.services.lambda_.model.functions import FunctionState, Version
from harness.sim.services.lambda_.model.naming import runtime_arn
from harness.sim.services.lambda_.model.registry import FunctionRegistry

if TYPE_CHECKING:
    from harness.sim.sandbox import Environment

IDLE_SECONDS_MAX = 600.0
"""AWS promises no figure; after some minutes without an invocation an environment is gone."""

ON_DEMAND, PROVISIONED = "on-demand", "provisioned-concurrency"
"""The origin of an environment, in the words of AWS_LAMBDA_INITIALIZATION_TYPE."""

Start = Callable[[FunctionCode], "Environment"]


_Key = tuple[str, str, str, str]


class Environments:
    """The idle environments of one cloud, by version, build, how they came to be, and tenant."""

    def __init__(self, start: Start, registry: FunctionRegistry) -> None:
        self._start = start
        self._registry = registry
        self._idle: dict[_Key, list[tuple[float, Environment]]] = {}
        self._codes: dict[_Key, FunctionCode] = {}

    def take(
        self, function: FunctionState, version: Version, now: float, kind: str = ON_DEMAND, tenant: str = ""
    ) -> Environment:
        """The warm environment that was used last, else one that was reset, or a new one."""
        idle = self._idle.get(_key(function, version, kind, tenant), [])
        young = [place for place, (since, _) in enumerate(idle) if now - since <= IDLE_SECONDS_MAX]
        if not young:
            return self.start(function, version, kind, tenant)
        return idle.pop(max(young, key=lambda place: (not idle[place][1].cold, place)))[1]

    def kept(
        self, function: FunctionState, version: Version, kind: str = ON_DEMAND, tenant: str = ""
    ) -> Environment | None:
        """The warm one that was used last, though it has been idle for too long; None if there is none."""
        idle = self._idle.get(_key(function, version, kind, tenant), [])
        warm = [place for place, (_, environment) in enumerate(idle) if not environment.cold]
        return idle.pop(warm[-1])[1] if warm else None

    def start(
        self, function: FunctionState, version: Version, kind: str = ON_DEMAND, tenant: str = ""
    ) -> Environment:
        """A new one."""
        key = _key(function, version, kind, tenant)
        if key not in self._codes:
            self._codes[key] = self._code(function, version, kind, tenant)
        return self._start(self._codes[key])

    def give_back(
        self, function: FunctionState, version: Version, environment: Environment, now: float
    ) -> None:
        """It is idle now, unless it is gone or the function runs other code by now. Those that have been idle
        for too long are gone."""
        key = _key(function, version, environment.code.initialization, environment.code.tenant)
        if not environment.alive:
            return
        if key not in self._codes:
            environment.dispose()
            return
        idle = self._idle.setdefault(key, [])
        while idle and now - idle[0][0] > IDLE_SECONDS_MAX:
            idle.pop(0)[1].dispose()
        idle.append((now, environment))

    def forget(self, arn: str) -> None:
        """No idle environment of this version is used again."""
        for key in [key for key in self._codes if key[0] == arn]:
            _dispose_all(self._idle.pop(key, []))
            del self._codes[key]

    def forget_all(self) -> None:
        """No idle environment is used again."""
        for idle in self._idle.values():
            _dispose_all(idle)

    def _code(self, function: FunctionState, version: Version, kind: str, tenant: str) -> FunctionCode:
        configuration = version.configuration
        check_runs(configuration.runtime)
        layers = self._layers_of(version)
        logging = configuration.others.get("LoggingConfig", {})
        return FunctionCode(
            roots=(configuration.code.folder, *chain.from_iterable(map(_python_folders, layers))),
            handler=configuration.handler,
            name=function.id.name,
            variables=configuration.variables or {},
            memory_mb=configuration.memory_mb,
            timeout_seconds=configuration.timeout_seconds,
            version=version.number,
            arn=function.id.arn,
            log_level=logging.get("ApplicationLogLevel", "INFO")
            if logging.get("LogFormat") == "JSON"
            else "",
            log_group=logging.get("LogGroup", f"/aws/lambda/{function.id.name}"),
            layers=tuple(each.folder for each in layers),
            runtime=configuration.runtime,
            runtime_arn=runtime_arn(configuration.runtime, function.id.region),
            initialization=kind,
            tenant=tenant,
        )

    def _layers_of(self, version: Version) -> list[Code]:
        """The last one comes first: it hides files of earlier ones."""
        found = map(self._registry.layer_version, reversed(version.configuration.layers))
        return [each.code for each in found if each is not None]


def _dispose_all(idle: list[tuple[float, Environment]]) -> None:
    while idle:
        idle.pop()[1].dispose()


def _key(function: FunctionState, version: Version, kind: str, tenant: str) -> _Key:
    return function.arn_of(version), version.configuration.build, kind, tenant


def _python_folders(code: Code) -> list[Path]:
    """The folders of a layer that Python imports from. SAM moves a source folder below `python/` when it
    builds; one that was never built is used as it is."""
    plain = code.folder / "python"
    site_packages = sorted(plain.glob("lib/python3.*/site-packages"))
    if plain.is_dir():
        return [plain, *site_packages]
    return [code.folder] if HOT_RELOAD in code.location else []
